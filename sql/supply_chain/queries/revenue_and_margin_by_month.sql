-- How do completed orders, revenue and profit develop from month to month?
select
    order_month,
    count(distinct order_id) as orders,
    sum(quantity) as units,
    sum(revenue) as revenue,
    sum(profit) as profit,
    cast(
        cast(100 * sum(profit) as decimal(38, 2))
        / nullif(cast(sum(revenue) as decimal(38, 2)), 0)
        as decimal(38, 2)
    ) as margin_pct
from ${gold}.orders_enriched
where is_completed
group by order_month
order by order_month desc
limit 24
