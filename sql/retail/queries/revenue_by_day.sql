-- How did each of the last fourteen days go?
select
    sale_date,
    sum(order_count) as orders,
    sum(units_sold) as units,
    sum(revenue) as revenue,
    sum(net_revenue) as net_revenue
from ${gold}.daily_sales
group by sale_date
order by sale_date desc
limit 14
