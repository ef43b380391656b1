-- one row per customer with an order up to as_of
with orders as (
    select
        order_status_group,
        department_name,
        order_id,
        customer_id,
        quantity,
        revenue,
        profit,
        is_late,
        order_date
    from ${silver}.silver_orders
    where order_date <= date '${as_of}'
),

completed as (
    select
        department_name,
        order_id,
        customer_id,
        quantity,
        revenue,
        profit,
        is_late,
        order_date
    from orders
    where order_status_group = 'Completed'
),

customers as (
    select
        customer_segment,
        customer_city,
        customer_state,
        customer_country,
        customer_id
    from ${silver}.silver_customers
),

placed_by_customer as (
    select
        customer_id,
        count(distinct order_id) as placed_orders,
        count(distinct case when order_status_group = 'Open' then order_id end)
            as open_orders,
        count(
            distinct case when order_status_group = 'Canceled' then order_id end
        ) as canceled_orders
    from orders
    group by customer_id
),

completed_by_customer as (
    select
        customer_id,
        count(distinct order_id) as total_orders,
        count(*) as line_count,
        sum(quantity) as total_items,
        sum(revenue) as total_revenue,
        sum(profit) as total_profit,
        sum(case when is_late then 1 else 0 end) as late_line_count,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date
    from completed
    group by customer_id
),

departments as (
    select
        customer_id,
        department_name,
        sum(revenue) as revenue,
        sum(quantity) as quantity
    from completed
    where department_name is not null
    group by customer_id, department_name
),

ranked_departments as (
    select
        customer_id,
        department_name,
        row_number() over (
            partition by customer_id
            order by revenue desc, quantity desc, department_name asc
        ) as department_rank
    from departments
),

favourites as (
    select
        customer_id,
        department_name as favourite_department
    from ranked_departments
    where department_rank = 1
),

-- the ends of the orders are unique, so the tiles are
scores as (
    select
        customer_id,
        ntile(5) over (
            order by
                last_order_date asc,
                total_orders asc,
                total_revenue asc,
                customer_id desc
        ) as r_score,
        ntile(5) over (
            order by
                total_orders asc,
                total_revenue asc,
                last_order_date asc,
                customer_id desc
        ) as f_score,
        ntile(5) over (
            order by
                total_revenue asc,
                total_orders asc,
                last_order_date asc,
                customer_id desc
        ) as m_score
    from completed_by_customer
),

totals as (
    select
        placed.customer_id,
        placed.placed_orders,
        placed.open_orders,
        placed.canceled_orders,
        coalesce(sold.total_orders, 0) as total_orders,
        sold.line_count,
        coalesce(sold.total_items, 0) as total_items,
        cast(coalesce(sold.total_revenue, 0) as decimal(18, 2))
            as total_revenue,
        cast(coalesce(sold.total_profit, 0) as decimal(18, 2))
            as total_profit,
        sold.late_line_count,
        sold.first_order_date,
        sold.last_order_date
    from placed_by_customer as placed
    left join completed_by_customer as sold
        on placed.customer_id = sold.customer_id
),

final as (
    select
        ---------- ids
        totals.customer_id,

        ---------- strings
        customers.customer_segment,
        customers.customer_city,
        customers.customer_state,
        customers.customer_country,
        favourites.favourite_department,
        concat(
            cast(scores.r_score as varchar),
            cast(scores.f_score as varchar),
            cast(scores.m_score as varchar)
        ) as rfm_score,
        case
            when totals.total_orders = 0 then 'Prospects'
            when scores.r_score = 5
                then case
                    when scores.f_score + scores.m_score <= 3
                        then 'New Customers'
                    when scores.f_score + scores.m_score <= 5
                        then 'Potential Loyalists'
                    when scores.f_score + scores.m_score <= 7
                        then 'Loyal Customers'
                    else 'Champions'
                end
            when scores.r_score = 4
                then case
                    when scores.f_score + scores.m_score <= 3
                        then 'New Customers'
                    when scores.f_score + scores.m_score <= 6
                        then 'Potential Loyalists'
                    when scores.f_score + scores.m_score <= 8
                        then 'Loyal Customers'
                    else 'Champions'
                end
            when scores.r_score = 3
                then case
                    when scores.f_score + scores.m_score <= 3
                        then 'Hibernating'
                    when scores.f_score + scores.m_score <= 6
                        then 'Potential Loyalists'
                    else 'Loyal Customers'
                end
            when scores.r_score = 2
                then case
                    when scores.f_score + scores.m_score <= 4
                        then 'Hibernating'
                    when scores.f_score + scores.m_score <= 8
                        then 'At Risk'
                    else 'Cannot Lose Them'
                end
            when scores.f_score + scores.m_score <= 3 then 'Lost'
            when scores.f_score + scores.m_score <= 5 then 'Hibernating'
            when scores.f_score + scores.m_score <= 8 then 'At Risk'
            else 'Cannot Lose Them'
        end as rfm_segment,

        ---------- numerics
        totals.placed_orders,
        totals.open_orders,
        totals.canceled_orders,
        totals.total_orders,
        totals.total_items,
        totals.total_revenue,
        totals.total_profit,
        cast(
            cast(totals.total_revenue as decimal(38, 2))
            / nullif(cast(totals.total_orders as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_order_value,
        -- null where a tiny revenue makes a margin that the type cannot hold
        try_cast(
            cast(totals.total_profit as decimal(38, 4))
            / nullif(cast(totals.total_revenue as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as profit_margin,
        date_diff('day', totals.last_order_date, date '${as_of}')
            as days_since_last_order,
        cast(
            cast(totals.late_line_count as decimal(38, 6))
            / nullif(cast(totals.line_count as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as late_delivery_rate,
        scores.r_score,
        scores.f_score,
        scores.m_score,

        ---------- dates
        totals.first_order_date,
        totals.last_order_date
    from totals
    left join customers
        on totals.customer_id = customers.customer_id
    left join favourites
        on totals.customer_id = favourites.customer_id
    left join scores
        on totals.customer_id = scores.customer_id
)

select * from final
