-- How many customers are in each segment, and what are they worth?
select
    rfm_segment,
    count(*) as customers,
    sum(total_orders) as orders,
    sum(total_revenue) as revenue,
    sum(total_profit) as profit,
    cast(
        cast(sum(total_revenue) as decimal(38, 2))
        / nullif(cast(count(*) as decimal(38, 0)), 0)
        as decimal(38, 2)
    ) as revenue_per_customer
from ${gold}.customers360
group by rfm_segment
order by revenue desc, rfm_segment asc
