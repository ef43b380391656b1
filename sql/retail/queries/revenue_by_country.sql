-- Which countries bring in the most, after what was sent back?
select
    country,
    sum(order_count) as orders,
    sum(revenue) as revenue,
    sum(returns_value + credits_value) as taken_back,
    sum(net_revenue) as net_revenue
from ${gold}.daily_sales
group by country
order by net_revenue desc, country asc
