-- How much of the revenue hangs on how few products?
select
    abc_class,
    count(*) as products,
    sum(revenue) as revenue,
    sum(revenue_share) as revenue_share
from ${gold}.product_analytics
group by abc_class
order by abc_class
