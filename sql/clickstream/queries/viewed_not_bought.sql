-- Which products are looked at the most and never bought?
select
    product_id,
    category_code,
    brand,
    last_price,
    unique_users,
    view_sessions,
    cart_sessions
from ${gold}.product_performance
where purchases = 0
order by view_sessions desc, product_id asc
limit 10
