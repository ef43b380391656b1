-- one row per period and KPI
with orders as (
    select
        order_id,
        status_group,
        order_date
    from ${silver}.orders
    where order_date <= date '${as_of}'
),

revenue_lines as (
    select
        order_id,
        customer_id,
        quantity,
        gross_amount,
        discount_amount,
        net_amount,
        profit_amount,
        customer_known,
        order_date
    from ${silver}.order_lines
    where is_revenue and order_date <= date '${as_of}'
),

windows as (
    select
        'all_time' as period,
        false as is_previous,
        min(order_date) as first_day,
        date '${as_of}' as last_day
    from orders
    union all
    select
        'last_30_days' as period,
        false as is_previous,
        date_add('day', -29, date '${as_of}') as first_day,
        date '${as_of}' as last_day
    union all
    select
        'last_30_days' as period,
        true as is_previous,
        date_add('day', -59, date '${as_of}') as first_day,
        date_add('day', -30, date '${as_of}') as last_day
),

sales as (
    select
        windows.period,
        windows.is_previous,
        cast(coalesce(sum(sold.net_amount), 0) as decimal(18, 2))
            as total_revenue,
        count(distinct sold.order_id) as total_orders,
        coalesce(sum(sold.quantity), 0) as units_sold,
        sum(sold.gross_amount) as gross_amount,
        sum(sold.discount_amount) as discount_amount,
        sum(sold.profit_amount) as profit,
        sum(case when sold.profit_amount is not null then sold.net_amount end)
            as costed_revenue
    from windows
    left join revenue_lines as sold
        on
            windows.first_day <= sold.order_date
            and windows.last_day >= sold.order_date
    group by windows.period, windows.is_previous
),

order_counts as (
    select
        windows.period,
        windows.is_previous,
        count(orders.order_id) as all_orders,
        sum(case when orders.status_group = 'cancelled' then 1 else 0 end)
            as cancelled_orders
    from windows
    left join orders
        on
            windows.first_day <= orders.order_date
            and windows.last_day >= orders.order_date
    group by windows.period, windows.is_previous
),

customers as (
    select
        windows.period,
        windows.is_previous,
        sold.customer_id,
        count(distinct sold.order_id) as customer_orders
    from windows
    inner join revenue_lines as sold
        on
            windows.first_day <= sold.order_date
            and windows.last_day >= sold.order_date
    where sold.customer_known
    group by windows.period, windows.is_previous, sold.customer_id
),

customer_counts as (
    select
        period,
        is_previous,
        count(*) as active_customers,
        sum(case when customer_orders >= 2 then 1 else 0 end)
            as repeat_customers
    from customers
    group by period, is_previous
),

measures as (
    select
        windows.period,
        windows.is_previous,
        windows.first_day,
        windows.last_day,
        sales.total_revenue,
        sales.total_orders,
        sales.units_sold,
        sales.gross_amount,
        sales.discount_amount,
        sales.profit,
        sales.costed_revenue,
        order_counts.all_orders,
        order_counts.cancelled_orders,
        coalesce(customer_counts.active_customers, 0) as active_customers,
        coalesce(customer_counts.repeat_customers, 0) as repeat_customers
    from windows
    inner join sales
        on
            windows.period = sales.period
            and windows.is_previous = sales.is_previous
    inner join order_counts
        on
            windows.period = order_counts.period
            and windows.is_previous = order_counts.is_previous
    left join customer_counts
        on
            windows.period = customer_counts.period
            and windows.is_previous = customer_counts.is_previous
),

kpis as (
    select
        kpi_name,
        unit
    from (
        values
        ('total_revenue', 'currency'),
        ('total_orders', 'count'),
        ('units_sold', 'count'),
        ('active_customers', 'count'),
        ('average_order_value', 'currency'),
        ('gross_margin_pct', 'percent'),
        ('discount_rate_pct', 'percent'),
        ('cancellation_rate_pct', 'percent'),
        ('repeat_customer_rate_pct', 'percent')
    ) as listed (kpi_name, unit)
),

kpi_values as (
    select
        measures.period,
        measures.is_previous,
        kpis.kpi_name,
        kpis.unit,
        measures.first_day,
        measures.last_day,
        case kpis.kpi_name
            when 'total_revenue'
                then cast(measures.total_revenue as decimal(24, 4))
            when 'total_orders'
                then cast(measures.total_orders as decimal(24, 4))
            when 'units_sold'
                then cast(measures.units_sold as decimal(24, 4))
            when 'active_customers'
                then cast(measures.active_customers as decimal(24, 4))
            when 'average_order_value'
                then cast(
                    cast(measures.total_revenue as decimal(38, 4))
                    / nullif(cast(measures.total_orders as decimal(38, 0)), 0)
                    as decimal(24, 4)
                )
            when 'gross_margin_pct'
                then cast(
                    cast(100 * measures.profit as decimal(38, 4))
                    / nullif(cast(measures.costed_revenue as decimal(38, 2)), 0)
                    as decimal(24, 4)
                )
            when 'discount_rate_pct'
                then cast(
                    cast(100 * measures.discount_amount as decimal(38, 4))
                    / nullif(cast(measures.gross_amount as decimal(38, 2)), 0)
                    as decimal(24, 4)
                )
            when 'cancellation_rate_pct'
                then cast(
                    cast(100 * measures.cancelled_orders as decimal(38, 4))
                    / nullif(cast(measures.all_orders as decimal(38, 0)), 0)
                    as decimal(24, 4)
                )
            else
                cast(
                    cast(100 * measures.repeat_customers as decimal(38, 4))
                    / nullif(
                        cast(measures.active_customers as decimal(38, 0)), 0
                    )
                    as decimal(24, 4)
                )
        end as kpi_value
    from measures
    cross join kpis
),

compared as (
    select
        current_values.period,
        current_values.kpi_name,
        current_values.unit,
        current_values.kpi_value,
        previous_values.kpi_value as previous_value,
        current_values.first_day,
        current_values.last_day
    from kpi_values as current_values
    left join kpi_values as previous_values
        on
            current_values.period = previous_values.period
            and current_values.kpi_name = previous_values.kpi_name
            and previous_values.is_previous
    where not current_values.is_previous
),

final as (
    select
        ---------- ids
        period,
        kpi_name,

        ---------- strings
        unit,

        ---------- numerics
        kpi_value,
        previous_value,
        -- null where a tiny value makes a change that the type cannot hold
        case
            when previous_value > 0
                then try_cast(
                    cast(100 * (kpi_value - previous_value) as decimal(38, 4))
                    / nullif(cast(previous_value as decimal(38, 4)), 0)
                    as decimal(18, 4)
                )
        end as change_pct,

        ---------- dates
        first_day as period_start,
        last_day as period_end
    from compared
)

select * from final
