-- How much is put into the cart and left there, by kind of customer?
select
    customer_type,
    count(*) as user_count,
    sum(carts) as carts,
    sum(removes) as removes,
    sum(purchases) as purchases,
    count_if(cart_abandonment_rate = 1) as always_left_count
from ${gold}.customer_metrics
where cart_abandonment_rate is not null
group by customer_type
order by customer_type
