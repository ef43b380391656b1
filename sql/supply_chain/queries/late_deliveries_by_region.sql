-- Which regions wait longest for their orders?
select
    market,
    order_region,
    count(*) as order_items,
    sum(case when is_late then 1 else 0 end) as late_items,
    cast(
        cast(
            100 * sum(case when is_late then 1 else 0 end) as decimal(38, 2)
        )
        / nullif(cast(count(*) as decimal(38, 0)), 0)
        as decimal(18, 2)
    ) as late_pct,
    sum(case when is_late then revenue else 0 end) as late_revenue
from ${gold}.orders_enriched
group by market, order_region
order by late_pct desc, order_items desc, market asc, order_region asc
limit 15
