-- Which departments earn, and which only sell?
select
    department_name,
    count(distinct order_id) as orders,
    sum(revenue) as revenue,
    sum(discount) as discount,
    sum(profit) as profit,
    cast(
        cast(100 * sum(profit) as decimal(38, 2))
        / nullif(cast(sum(revenue) as decimal(38, 2)), 0)
        as decimal(38, 2)
    ) as margin_pct,
    sum(case when is_profitable then 0 else 1 end) as items_without_profit
from ${gold}.orders_enriched
where is_completed
group by department_name
order by profit desc, department_name asc
