-- How does revenue develop from month to month and against the year before?
select
    month,
    revenue,
    profit,
    total_orders,
    active_customers,
    new_customers,
    avg_order_value,
    mom_growth_pct,
    yoy_growth_pct,
    ytd_revenue
from ${gold}.monthly_revenue
order by month asc
