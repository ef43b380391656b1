-- Which good customers are overdue, by their own rhythm of buying?
select
    customer_id,
    country,
    total_orders,
    net_spend,
    avg_days_between_orders,
    recency_days
from ${gold}.customer_insights
where
    is_repeat
    and avg_days_between_orders > 0
    and recency_days > 2 * avg_days_between_orders
order by net_spend desc, customer_id asc
limit 10
