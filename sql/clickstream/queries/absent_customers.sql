-- Which customers who have bought have stayed away the longest?
select
    user_id,
    churn_status,
    days_since_last_seen,
    total_orders,
    clv_historic,
    clv_rank,
    last_purchase_date
from ${gold}.customer_metrics
where total_orders > 0
order by days_since_last_seen desc, clv_rank asc
limit 10
