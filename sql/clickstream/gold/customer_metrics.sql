-- one row per user with an event up to as_of
with session_days as (
    select
        session_key,
        user_id,
        views,
        carts,
        removes,
        purchases,
        revenue,
        first_event_ts,
        last_event_ts,
        first_purchase_ts
    from ${silver}.session_days
    where event_date <= date '${as_of}'
),

sessions as (
    select
        session_key,
        user_id,
        sum(views) as views,
        sum(carts) as carts,
        sum(removes) as removes,
        sum(purchases) as purchases,
        sum(revenue) as revenue,
        min(first_event_ts) as first_event_ts,
        max(last_event_ts) as last_event_ts,
        min(first_purchase_ts) as order_ts,
        date_diff(
            'day',
            date_trunc('second', min(first_event_ts)),
            date_trunc('second', max(last_event_ts))
        ) as clock_days,
        date_diff(
            'second',
            date_trunc('second', min(first_event_ts)),
            date_trunc('second', max(last_event_ts))
        ) as clock_seconds
    from session_days
    group by session_key, user_id
),

-- date_diff of the times themselves drops what is below a millisecond, and
-- date_add takes no more seconds than 68 years have
timed_sessions as (
    select
        session_key,
        user_id,
        views,
        carts,
        removes,
        purchases,
        revenue,
        first_event_ts,
        last_event_ts,
        order_ts,
        case
            when
                date_add(
                    'second',
                    clock_seconds - 86400 * clock_days,
                    date_add('day', clock_days, first_event_ts)
                ) > last_event_ts
                then clock_seconds - 1
            else clock_seconds
        end as whole_seconds
    from sessions
),

users as (
    select
        user_id,
        count(*) as total_sessions,
        sum(views + carts + removes + purchases) as total_events,
        sum(views) as views,
        sum(carts) as carts,
        sum(removes) as removes,
        sum(purchases) as purchases,
        count_if(purchases > 0) as total_orders,
        count_if(carts > 0) as cart_sessions,
        count_if(carts > 0 and purchases = 0) as abandoned_sessions,
        cast(sum(revenue) as decimal(18, 2)) as total_revenue,
        sum(whole_seconds) as session_seconds,
        cast(min(first_event_ts) as date) as first_seen_date,
        cast(max(last_event_ts) as date) as last_seen_date,
        cast(min(order_ts) as date) as first_purchase_date,
        cast(max(order_ts) as date) as last_purchase_date
    from timed_sessions
    group by user_id
),

measured as (
    select
        user_id,
        total_sessions,
        total_events,
        views,
        carts,
        removes,
        purchases,
        total_orders,
        cart_sessions,
        abandoned_sessions,
        total_revenue,
        session_seconds,
        date_diff('day', first_seen_date, date '${as_of}') + 1 as tenure_days,
        date_diff('day', last_seen_date, date '${as_of}')
            as days_since_last_seen,
        date_diff('day', last_purchase_date, date '${as_of}')
            as days_since_last_purchase,
        first_seen_date,
        last_seen_date,
        first_purchase_date,
        last_purchase_date
    from users
),

final as (
    select
        ---------- ids
        user_id,

        ---------- strings
        case
            when days_since_last_seen <= ${active_days} then 'active'
            when days_since_last_seen <= ${churn_days} then 'at_risk'
            else 'churned'
        end as churn_status,
        case
            when total_orders = 0 then 'browser'
            when total_orders = 1 then 'one_time'
            else 'repeat'
        end as customer_type,

        ---------- numerics
        total_sessions,
        total_events,
        views,
        carts,
        removes,
        purchases,
        total_orders,
        total_revenue,
        total_revenue as clv_historic,
        cast(
            cast(total_revenue as decimal(38, 2))
            / nullif(cast(total_orders as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_order_value,
        cast(
            cast(session_seconds as decimal(38, 2))
            / nullif(cast(total_sessions as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_session_seconds,
        tenure_days,
        cast(
            cast(30 * total_orders as decimal(38, 4))
            / nullif(cast(tenure_days as decimal(38, 0)), 0)
            as decimal(18, 4)
        ) as purchase_frequency,
        cast(
            cast(total_orders as decimal(38, 6))
            / nullif(cast(total_sessions as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as session_conversion_rate,
        cast(
            cast(abandoned_sessions as decimal(38, 6))
            / nullif(cast(cart_sessions as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as cart_abandonment_rate,
        days_since_last_seen,
        days_since_last_purchase,
        case
            when
                days_since_last_seen > ${active_days}
                and days_since_last_seen > ${churn_days}
                then cast(0 as decimal(18, 2))
            else cast(
                cast(365 * total_revenue as decimal(38, 2))
                / nullif(
                    cast(
                        greatest(tenure_days, ${clv_min_days})
                        as decimal(38, 0)
                    ),
                    0
                )
                as decimal(18, 2)
            )
        end as clv_12m,
        row_number() over (
            order by total_revenue desc, total_orders desc, user_id asc
        ) as clv_rank,

        ---------- booleans
        days_since_last_seen > ${active_days}
        and days_since_last_seen > ${churn_days} as is_churned,

        ---------- dates
        first_seen_date,
        last_seen_date,
        first_purchase_date,
        last_purchase_date
    from measured
)

select * from final
