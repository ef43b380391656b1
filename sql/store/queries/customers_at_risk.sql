-- Which customers may be leaving, why, and how much revenue goes with them?
select
    customer_id,
    risk_score,
    risk_band,
    main_reason,
    revenue_at_risk_90d,
    total_revenue,
    total_orders,
    last_order_date,
    recency_days,
    expected_gap_days
from ${gold}.churn_risk
where risk_band in ('High', 'Medium')
order by
    revenue_at_risk_90d desc,
    risk_score desc,
    customer_id asc
limit 100
