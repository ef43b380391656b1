-- one row per day from the first event to as_of, days without events too
with session_days as (
    select
        session_key,
        user_id,
        purchases,
        revenue,
        event_date,
        first_event_ts,
        first_purchase_ts
    from ${silver}.session_days
    where event_date <= date '${as_of}'
),

event_hours as (
    select
        event_hour,
        events,
        event_date
    from ${silver}.event_hours
    where event_date <= date '${as_of}'
),

bounds as (
    select min(event_date) as first_date
    from event_hours
),

-- two sequences, as one of the engine ends at 10,000 entries: 27 years
days as (
    select
        date_add(
            'day',
            366 * years.year_number + days_of_year.day_number,
            bounds.first_date
        ) as sale_date
    from bounds
    cross join
        unnest(
            sequence(0, year(date '${as_of}') - year(bounds.first_date))
        ) as years (year_number)
    cross join unnest(sequence(0, 365)) as days_of_year (day_number)
),

sessions as (
    select
        session_key,
        user_id,
        sum(purchases) as purchases,
        sum(revenue) as revenue,
        cast(min(first_event_ts) as date) as session_date,
        cast(min(first_purchase_ts) as date) as order_date,
        hour(min(first_purchase_ts)) as order_hour
    from session_days
    group by session_key, user_id
),

sessions_by_day as (
    select
        session_date,
        count(*) as sessions,
        count_if(purchases > 0) as converted_sessions
    from sessions
    group by session_date
),

orders as (
    select
        user_id,
        purchases,
        revenue,
        order_date,
        order_hour
    from sessions
    where purchases > 0
),

orders_by_day as (
    select
        order_date,
        sum(revenue) as revenue,
        count(*) as order_count,
        sum(purchases) as items_sold,
        count(distinct user_id) as buyers
    from orders
    group by order_date
),

orders_by_hour as (
    select
        order_date,
        order_hour,
        count(*) as order_count,
        sum(revenue) as revenue
    from orders
    group by order_date, order_hour
),

numbered_order_hours as (
    select
        order_date,
        order_hour,
        order_count,
        row_number() over (
            partition by order_date
            order by order_count desc, revenue desc, order_hour asc
        ) as hour_rank
    from orders_by_hour
),

visitors_by_day as (
    select
        event_date,
        count(distinct user_id) as visitors
    from session_days
    group by event_date
),

events_by_day as (
    select
        event_date,
        sum(events) as events
    from event_hours
    group by event_date
),

numbered_event_hours as (
    select
        event_date,
        event_hour,
        row_number() over (
            partition by event_date
            order by events desc, event_hour asc
        ) as hour_rank
    from event_hours
),

filled as (
    select
        days.sale_date,
        cast(coalesce(ordered.revenue, 0) as decimal(18, 2)) as revenue,
        coalesce(ordered.order_count, 0) as order_count,
        coalesce(ordered.items_sold, 0) as items_sold,
        coalesce(ordered.buyers, 0) as buyers,
        coalesce(visited.visitors, 0) as visitors,
        coalesce(happened.events, 0) as events,
        coalesce(started.sessions, 0) as sessions,
        coalesce(started.converted_sessions, 0) as converted_sessions,
        order_hours.order_hour as peak_hour,
        coalesce(order_hours.order_count, 0) as peak_hour_orders,
        traffic_hours.event_hour as traffic_peak_hour
    from days
    left join orders_by_day as ordered
        on days.sale_date = ordered.order_date
    left join visitors_by_day as visited
        on days.sale_date = visited.event_date
    left join events_by_day as happened
        on days.sale_date = happened.event_date
    left join sessions_by_day as started
        on days.sale_date = started.session_date
    left join numbered_order_hours as order_hours
        on
            days.sale_date = order_hours.order_date
            and order_hours.hour_rank = 1
    left join numbered_event_hours as traffic_hours
        on
            days.sale_date = traffic_hours.event_date
            and traffic_hours.hour_rank = 1
    where days.sale_date <= date '${as_of}'
),

-- no day is missing, so that seven rows are a week
windowed as (
    select
        sale_date,
        revenue,
        order_count,
        items_sold,
        buyers,
        visitors,
        events,
        sessions,
        converted_sessions,
        peak_hour,
        peak_hour_orders,
        traffic_peak_hour,
        lag(revenue) over (order by sale_date) as previous_revenue,
        sum(revenue) over (
            order by sale_date
            rows between 6 preceding and current row
        ) as revenue_7d,
        count(*) over (
            order by sale_date
            rows between 6 preceding and current row
        ) as days_7d
    from filled
),

final as (
    select
        ---------- strings
        case
            when revenue > previous_revenue then 'up'
            when revenue < previous_revenue then 'down'
            else 'flat'
        end as trend,

        ---------- numerics
        revenue,
        order_count,
        items_sold,
        buyers,
        cast(
            cast(revenue as decimal(38, 2))
            / nullif(cast(order_count as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_order_value,
        visitors,
        events,
        sessions,
        converted_sessions,
        cast(
            cast(converted_sessions as decimal(38, 6))
            / nullif(cast(sessions as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as conversion_rate,
        peak_hour,
        peak_hour_orders,
        traffic_peak_hour,
        previous_revenue,
        cast(revenue - previous_revenue as decimal(18, 2)) as revenue_change,
        -- null where a tiny day before makes a change that the type cannot hold
        try_cast(
            cast(100 * (revenue - previous_revenue) as decimal(38, 4))
            / nullif(cast(previous_revenue as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as revenue_change_pct,
        cast(
            cast(revenue_7d as decimal(38, 2))
            / nullif(cast(days_7d as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as revenue_7d_avg,

        ---------- dates
        sale_date
    from windowed
)

select * from final
