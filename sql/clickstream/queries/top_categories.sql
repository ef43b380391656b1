-- Which categories bring in the most, and with how many products?
select
    revenue_rank,
    category_code,
    products,
    revenue,
    revenue_share,
    buyers,
    view_to_cart_rate,
    cart_to_purchase_rate
from ${gold}.category_performance
order by revenue_rank
limit 10
