-- one row per customer
with customers as (
    select customer_id
    from ${silver}.customers
),

revenue_lines as (
    select
        order_id,
        customer_id,
        quantity,
        net_amount,
        order_date
    from ${silver}.order_lines
    where is_revenue and order_date <= date '${as_of}'
),

sales_by_customer as (
    select
        customer_id,
        count(distinct order_id) as total_orders,
        sum(quantity) as total_units,
        sum(net_amount) as total_revenue,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from revenue_lines
    group by customer_id
),

totals as (
    select
        customers.customer_id,
        coalesce(sales.total_orders, 0) as total_orders,
        cast(coalesce(sales.total_units, 0) as bigint) as total_units,
        cast(coalesce(sales.total_revenue, 0) as decimal(18, 2))
            as total_revenue,
        sales.first_order_date,
        sales.last_order_date
    from customers
    left join sales_by_customer as sales
        on customers.customer_id = sales.customer_id
),

-- customers without revenue sort last, and their numbers are dropped below
numbered as (
    select
        customer_id,
        total_orders,
        total_units,
        total_revenue,
        row_number() over (
            order by
                total_revenue desc,
                total_orders desc,
                last_order_date desc,
                customer_id asc
        ) as place,
        sum(case when total_revenue > 0 then 1 else 0 end) over ()
            as ranked_customers,
        first_order_date,
        last_order_date
    from totals
),

ranked as (
    select
        customer_id,
        total_orders,
        total_units,
        total_revenue,
        case when total_revenue > 0 then place end as revenue_rank,
        ranked_customers,
        first_order_date,
        last_order_date
    from numbered
),

final as (
    select
        ---------- ids
        customer_id,

        ---------- strings
        case
            when 100 * revenue_rank <= 10 * ranked_customers then 'VIP'
            when 100 * revenue_rank <= 30 * ranked_customers then 'Premium'
            when 100 * revenue_rank <= 70 * ranked_customers then 'Standard'
            else 'Basic'
        end as customer_segment,

        ---------- numerics
        total_orders,
        total_units,
        total_revenue,
        cast(
            cast(total_revenue as decimal(38, 2))
            / nullif(cast(total_orders as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_order_value,
        date_diff('day', last_order_date, date '${as_of}') as recency_days,
        revenue_rank,

        ---------- dates
        first_order_date,
        last_order_date
    from ranked
)

select * from final
