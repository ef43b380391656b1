-- At which hour, UTC, do most orders begin, and on how many days?
select
    peak_hour,
    count(*) as day_count,
    sum(peak_hour_orders) as orders_in_peak_hour,
    sum(order_count) as orders_of_these_days
from ${gold}.daily_sales_summary
where peak_hour is not null
group by peak_hour
order by day_count desc, peak_hour asc
