-- Which of the best customers are we about to lose?
select
    customer_id,
    customer_segment,
    customer_city,
    rfm_segment,
    favourite_department,
    total_orders,
    total_revenue,
    days_since_last_order
from ${gold}.customers360
where rfm_segment in ('Cannot Lose Them', 'At Risk')
order by total_revenue desc, customer_id asc
limit 10
