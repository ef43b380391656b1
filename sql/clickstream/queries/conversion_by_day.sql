-- How many visits of each of the last fourteen days ended in an order?
select
    sale_date,
    visitors,
    sessions,
    converted_sessions,
    conversion_rate,
    revenue,
    trend
from ${gold}.daily_sales_summary
order by sale_date desc
limit 14
