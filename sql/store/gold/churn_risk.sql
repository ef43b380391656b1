-- one row per customer with an order up to as_of
with customers as (
    select
        customer_id,
        total_orders,
        total_revenue,
        recency_days,
        date_diff('day', first_order_date, last_order_date) as span_days,
        first_order_date,
        last_order_date
    from ${gold}.customer_segments
    where total_orders >= 1
),

recent_lines as (
    select
        order_id,
        customer_id,
        net_amount,
        order_date >= date_add('day', -89, date '${as_of}') as is_last_90_days
    from ${silver}.order_lines
    where
        is_revenue
        and order_date <= date '${as_of}'
        and order_date >= date_add('day', -179, date '${as_of}')
),

recent_sales as (
    select
        customer_id,
        count(distinct case when is_last_90_days then order_id end)
            as orders_90d,
        count(distinct case when not is_last_90_days then order_id end)
            as orders_prev_90d,
        sum(case when is_last_90_days then net_amount end) as revenue_90d,
        sum(case when not is_last_90_days then net_amount end)
            as revenue_prev_90d
    from recent_lines
    group by customer_id
),

-- the gap of all customers stands in for that of one with few orders
shop_sums as (
    select
        sum(span_days) as all_span_days,
        sum(total_orders - 1) as all_gaps
    from customers
    where total_orders >= 2
),

shop as (
    select
        coalesce(
            cast(
                cast(all_span_days as decimal(38, 4))
                / nullif(cast(all_gaps as decimal(38, 0)), 0)
                as decimal(18, 4)
            ),
            90
        ) as shop_gap_days
    from shop_sums
),

measured as (
    select
        customers.customer_id,
        customers.total_orders,
        customers.total_revenue,
        customers.recency_days,
        greatest(
            7,
            case
                when customers.total_orders >= 3
                    then cast(
                        cast(customers.span_days as decimal(38, 4))
                        / nullif(
                            cast(customers.total_orders - 1 as decimal(38, 0)),
                            0
                        )
                        as decimal(18, 4)
                    )
                else shop.shop_gap_days
            end
        ) as expected_gap_days,
        coalesce(recent.orders_90d, 0) as orders_90d,
        coalesce(recent.orders_prev_90d, 0) as orders_prev_90d,
        cast(coalesce(recent.revenue_90d, 0) as decimal(18, 2)) as revenue_90d,
        cast(coalesce(recent.revenue_prev_90d, 0) as decimal(18, 2))
            as revenue_prev_90d,
        customers.first_order_date,
        customers.last_order_date
    from customers
    cross join shop
    left join recent_sales as recent
        on customers.customer_id = recent.customer_id
),

compared as (
    select
        customer_id,
        total_orders,
        total_revenue,
        recency_days,
        cast(expected_gap_days as decimal(18, 4)) as expected_gap_days,
        cast(
            cast(recency_days as decimal(38, 4))
            / nullif(cast(expected_gap_days as decimal(38, 4)), 0)
            as decimal(18, 4)
        ) as recency_ratio,
        orders_90d,
        orders_prev_90d,
        revenue_90d,
        revenue_prev_90d,
        first_order_date,
        last_order_date
    from measured
),

pointed as (
    select
        customer_id,
        total_orders,
        total_revenue,
        recency_days,
        expected_gap_days,
        recency_ratio,
        case
            when recency_ratio < 1 then 0
            when recency_ratio < 1.5 then 15
            when recency_ratio < 2 then 30
            when recency_ratio < 3 then 45
            else 60
        end as recency_points,
        orders_90d,
        orders_prev_90d,
        case
            when orders_90d = 0 then 20
            when orders_90d < orders_prev_90d then 10
            else 0
        end as frequency_points,
        revenue_90d,
        revenue_prev_90d,
        case
            when revenue_90d = 0 then 20
            when 2 * revenue_90d < revenue_prev_90d then 15
            when revenue_90d < revenue_prev_90d then 10
            else 0
        end as value_points,
        first_order_date,
        last_order_date
    from compared
),

scored as (
    select
        customer_id,
        total_orders,
        total_revenue,
        recency_days,
        expected_gap_days,
        recency_ratio,
        recency_points,
        orders_90d,
        orders_prev_90d,
        frequency_points,
        revenue_90d,
        revenue_prev_90d,
        value_points,
        recency_points + frequency_points + value_points as risk_score,
        first_order_date,
        last_order_date
    from pointed
),

final as (
    select
        ---------- ids
        customer_id,

        ---------- strings
        case
            when risk_score >= 70 then 'High'
            when risk_score >= 40 then 'Medium'
            else 'Low'
        end as risk_band,
        case
            when risk_score = 0 then 'none'
            when
                recency_points >= frequency_points
                and recency_points >= value_points
                then 'recency'
            when frequency_points >= value_points then 'frequency'
            else 'value'
        end as main_reason,

        ---------- numerics
        total_orders,
        total_revenue,
        recency_days,
        expected_gap_days,
        recency_ratio,
        recency_points,
        orders_90d,
        orders_prev_90d,
        frequency_points,
        revenue_90d,
        revenue_prev_90d,
        value_points,
        risk_score,
        cast(
            cast(total_revenue * 90 * risk_score as decimal(38, 2))
            / nullif(
                cast(
                    100
                    * (
                        date_diff('day', first_order_date, date '${as_of}') + 1
                    )
                    as decimal(38, 0)
                ),
                0
            )
            as decimal(18, 2)
        ) as revenue_at_risk_90d,

        ---------- dates
        first_order_date,
        last_order_date
    from scored
)

select * from final
