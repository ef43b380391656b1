-- Which customers who bought a lot have stayed away?
select
    clv_rank,
    user_id,
    churn_status,
    total_orders,
    clv_historic,
    last_purchase_date,
    days_since_last_seen
from ${gold}.customer_metrics
where churn_status <> 'active' and total_orders > 0
order by clv_rank
limit 10
