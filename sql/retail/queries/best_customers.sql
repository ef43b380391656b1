-- Who are the best customers, and when did each buy last?
select
    spend_rank,
    customer_id,
    country,
    total_orders,
    net_spend,
    avg_order_value,
    last_purchase_date,
    recency_days
from ${gold}.customer_insights
order by spend_rank, customer_id
limit 10
