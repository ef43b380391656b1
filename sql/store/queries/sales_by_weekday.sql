-- On which weekdays do customers order, and how much is cancelled or returned?
with sales as (
    select
        dates.day_of_week,
        dates.day_name,
        sales.order_id,
        sales.status_group,
        case when sales.is_revenue then sales.net_amount end as revenue
    from ${gold}.fact_sales as sales
    inner join ${gold}.dim_date as dates
        on sales.date_key = dates.date_key
),

final as (
    select
        day_of_week,
        day_name,
        count(distinct order_id) as total_orders,
        cast(coalesce(sum(revenue), 0) as decimal(18, 2)) as revenue,
        count(distinct case when status_group = 'cancelled' then order_id end)
            as cancelled_orders,
        count(distinct case when status_group = 'returned' then order_id end)
            as returned_orders
    from sales
    group by day_of_week, day_name
)

select
    day_of_week,
    day_name,
    total_orders,
    revenue,
    cancelled_orders,
    returned_orders
from final
order by day_of_week asc
