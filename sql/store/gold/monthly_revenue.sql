-- one row per month from the first with revenue to that of as_of
with revenue_lines as (
    select
        order_id,
        customer_id,
        quantity,
        gross_amount,
        discount_amount,
        net_amount,
        profit_amount,
        customer_known,
        order_month
    from ${silver}.order_lines
    where is_revenue and order_date <= date '${as_of}'
),

first_months as (
    select min(order_month) as first_month
    from revenue_lines
),

months as (
    select
        date_add('month', numbers.month_number, first_months.first_month)
            as revenue_month
    from first_months
    cross join unnest(
        sequence(
            0,
            (year(date '${as_of}') * 12 + month(date '${as_of}'))
            - (
                year(first_months.first_month) * 12
                + month(first_months.first_month)
            )
        )
    ) as numbers (month_number)
),

sales_by_month as (
    select
        order_month,
        sum(net_amount) as revenue,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(profit_amount) as profit,
        count(distinct order_id) as total_orders,
        sum(quantity) as units_sold,
        count(distinct case when customer_known then customer_id end)
            as active_customers
    from revenue_lines
    group by order_month
),

customers as (
    select
        customer_id,
        min(order_month) as first_month
    from revenue_lines
    where customer_known
    group by customer_id
),

customers_by_month as (
    select
        first_month,
        count(*) as new_customers
    from customers
    group by first_month
),

filled as (
    select
        months.revenue_month,
        cast(coalesce(sales.revenue, 0) as decimal(18, 2)) as revenue,
        cast(coalesce(sales.gross_amount, 0) as decimal(18, 2))
            as gross_amount,
        cast(coalesce(sales.discount_amount, 0) as decimal(18, 2))
            as discount_amount,
        cast(coalesce(sales.profit, 0) as decimal(18, 2)) as profit,
        coalesce(sales.total_orders, 0) as total_orders,
        cast(coalesce(sales.units_sold, 0) as bigint) as units_sold,
        coalesce(sales.active_customers, 0) as active_customers,
        coalesce(customers_by_month.new_customers, 0) as new_customers
    from months
    left join sales_by_month as sales
        on months.revenue_month = sales.order_month
    left join customers_by_month
        on months.revenue_month = customers_by_month.first_month
),

-- no month is missing: a row back is a month back
compared as (
    select
        revenue_month,
        revenue,
        gross_amount,
        discount_amount,
        profit,
        total_orders,
        units_sold,
        active_customers,
        new_customers,
        lag(revenue) over (order by revenue_month) as previous_revenue,
        lag(revenue, 12) over (order by revenue_month)
            as revenue_year_before,
        sum(revenue) over (
            partition by year(revenue_month)
            order by revenue_month
            rows between unbounded preceding and current row
        ) as ytd_revenue
    from filled
),

final as (
    select
        ---------- numerics
        revenue,
        gross_amount,
        discount_amount,
        profit,
        total_orders,
        units_sold,
        active_customers,
        new_customers,
        cast(
            cast(revenue as decimal(38, 2))
            / nullif(cast(total_orders as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_order_value,
        previous_revenue,
        -- null where a tiny month makes a change that the type cannot hold
        try_cast(
            cast(100 * (revenue - previous_revenue) as decimal(38, 4))
            / nullif(cast(previous_revenue as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as mom_growth_pct,
        try_cast(
            cast(100 * (revenue - revenue_year_before) as decimal(38, 4))
            / nullif(cast(revenue_year_before as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as yoy_growth_pct,
        cast(ytd_revenue as decimal(18, 2)) as ytd_revenue,

        ---------- dates
        revenue_month as month
    from compared
)

select * from final
