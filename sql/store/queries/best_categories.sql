-- Which categories bring the most, and what sells best in each?
select
    categories.revenue_rank,
    categories.category,
    categories.revenue,
    categories.revenue_share,
    categories.profit,
    categories.margin_pct,
    categories.discount_rate_pct,
    categories.units_sold,
    categories.active_customers,
    products.product_name as top_product
from ${gold}.category_performance as categories
left join ${gold}.dim_product as products
    on categories.top_product_id = products.product_key
order by categories.revenue_rank asc
