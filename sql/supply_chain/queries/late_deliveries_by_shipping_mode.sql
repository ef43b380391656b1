-- Which class of shipping keeps its promise, and how late are the others?
select
    shipping_mode,
    count(*) as order_items,
    sum(case when is_late then 1 else 0 end) as late_items,
    cast(
        cast(
            100 * sum(case when is_late then 1 else 0 end) as decimal(38, 2)
        )
        / nullif(cast(count(*) as decimal(38, 0)), 0)
        as decimal(18, 2)
    ) as late_pct,
    cast(
        cast(
            sum(case when is_late then delivery_delay_days end)
            as decimal(38, 2)
        )
        / nullif(
            cast(sum(case when is_late then 1 else 0 end) as decimal(38, 0)), 0
        )
        as decimal(18, 2)
    ) as days_late_when_late
from ${gold}.orders_enriched
group by shipping_mode
order by late_pct desc, shipping_mode asc
