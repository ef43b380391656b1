-- What should be recommended with each product?
select
    recommendations.product_id,
    products.product_name,
    recommendations.rank,
    recommendations.recommended_product_id,
    recommended.product_name as recommended_product,
    recommendations.pair_orders,
    recommendations.confidence,
    recommendations.lift
from ${gold}.product_recommendations as recommendations
inner join ${gold}.dim_product as products
    on recommendations.product_id = products.product_id
inner join ${gold}.dim_product as recommended
    on recommendations.recommended_product_id = recommended.product_id
order by recommendations.product_id asc, recommendations.rank asc
