-- Who are the best customers, and what are they worth in the next year?
select
    clv_rank,
    user_id,
    customer_type,
    churn_status,
    total_orders,
    clv_historic,
    clv_12m,
    purchase_frequency
from ${gold}.customer_metrics
order by clv_rank
limit 10
