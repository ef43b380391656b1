-- Which products bring in the most, and how much of it comes back?
select
    revenue_rank,
    stock_code,
    description,
    abc_class,
    units_sold,
    net_revenue,
    return_rate
from ${gold}.product_analytics
order by revenue_rank, stock_code
limit 10
