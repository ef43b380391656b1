-- Of the customers won in a month, what share buys again later?
select
    cohort_month,
    month_number,
    cohort_size,
    active_customers,
    retention_rate,
    cumulative_revenue_per_customer
from ${gold}.cohort_retention
order by cohort_month, month_number
