-- Who are the best customers, and when did they order last?
select
    segments.revenue_rank,
    segments.customer_id,
    customers.city,
    customers.country,
    segments.total_revenue,
    segments.total_orders,
    segments.avg_order_value,
    segments.last_order_date,
    segments.recency_days
from ${gold}.customer_segments as segments
inner join ${gold}.dim_customer as customers
    on segments.customer_id = customers.customer_id
where segments.customer_segment = 'VIP'
order by segments.revenue_rank asc
