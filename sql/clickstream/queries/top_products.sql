-- Which products bring in the most, and how well do their views sell?
select
    revenue_rank,
    product_id,
    category_code,
    brand,
    revenue,
    revenue_share,
    purchases,
    view_to_purchase_rate
from ${gold}.product_performance
order by revenue_rank
limit 10
