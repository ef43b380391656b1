-- What is to be done with the products, and how much revenue hangs on it?
select
    strategic_priority,
    count(*) as products,
    sum(total_revenue) as revenue,
    sum(total_profit) as profit,
    sum(revenue_90d) as revenue_90d,
    sum(revenue_prev_90d) as revenue_prev_90d
from ${gold}.products360
group by strategic_priority
order by revenue desc, strategic_priority asc
