-- Which brands bring in the most, and at what price?
select
    revenue_rank,
    brand,
    products,
    revenue,
    revenue_share,
    buyers,
    avg_selling_price
from ${gold}.brand_performance
order by revenue_rank
limit 10
