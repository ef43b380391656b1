-- Which products sell well and need attention, and why?
select
    product_id,
    product_name,
    performance_tier,
    margin_band,
    health_status,
    strategic_priority,
    total_revenue,
    profit_margin,
    cancellation_rate,
    revenue_growth_90d_pct
from ${gold}.products360
where strategic_priority in ('Fix Margin', 'Stabilise')
order by total_revenue desc, product_id asc
limit 10
