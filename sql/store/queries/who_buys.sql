-- Which ages, genders, countries and kinds of customer buy, and for how much?
select
    dimension,
    bucket,
    customers,
    customer_share,
    buyer_rate,
    total_revenue,
    revenue_share,
    avg_order_value,
    revenue_per_customer
from ${gold}.customer_demographics
order by dimension asc, total_revenue desc, bucket asc
