-- one row per day on which sessions began and stage of the funnel
with session_days as (
    select
        session_key,
        user_id,
        views,
        carts,
        purchases,
        first_event_ts
    from ${silver}.session_days
    where event_date <= date '${as_of}'
),

sessions as (
    select
        session_key,
        user_id,
        sum(views) as views,
        sum(carts) as carts,
        sum(purchases) as purchases,
        cast(min(first_event_ts) as date) as session_date
    from session_days
    group by session_key, user_id
),

-- whoever bought has put into the cart, and whoever did that has viewed
session_dates as (
    select
        session_date,
        count(*) as sessions,
        count_if(views > 0) as sessions_with_view,
        count_if(carts > 0) as sessions_with_cart,
        count_if(purchases > 0) as sessions_with_purchase,
        count_if(views + carts + purchases > 0) as view_sessions,
        count_if(carts + purchases > 0) as cart_sessions,
        count(distinct case when views + carts + purchases > 0 then user_id end)
            as view_users,
        count(distinct case when carts + purchases > 0 then user_id end)
            as cart_users,
        count(distinct case when purchases > 0 then user_id end)
            as purchase_users
    from sessions
    group by session_date
),

session_stages as (
    select
        session_dates.session_date,
        funnel.stage_no,
        case funnel.stage_no
            when 1 then session_dates.view_sessions
            when 2 then session_dates.cart_sessions
            else session_dates.sessions_with_purchase
        end as sessions_reached,
        case funnel.stage_no
            when 1 then session_dates.sessions_with_view
            when 2 then session_dates.sessions_with_cart
            else session_dates.sessions_with_purchase
        end as sessions_observed,
        case funnel.stage_no
            when 1 then session_dates.view_users
            when 2 then session_dates.cart_users
            else session_dates.purchase_users
        end as users_reached,
        case funnel.stage_no
            when 1 then session_dates.sessions
            when 2 then session_dates.view_sessions
            else session_dates.cart_sessions
        end as sessions_before,
        session_dates.view_sessions as sessions_at_start
    from session_dates
    cross join unnest(sequence(1, 3)) as funnel (stage_no)
),

final as (
    select
        ---------- strings
        case stage_no
            when 1 then 'view'
            when 2 then 'cart'
            else 'purchase'
        end as stage,

        ---------- numerics
        stage_no,
        sessions_reached,
        sessions_observed,
        users_reached,
        cast(
            cast(sessions_reached as decimal(38, 6))
            / nullif(cast(sessions_before as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as rate_from_previous,
        cast(
            cast(sessions_reached as decimal(38, 6))
            / nullif(cast(sessions_at_start as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as rate_from_start,
        sessions_before - sessions_reached as drop_off,

        ---------- dates
        session_date
    from session_stages
)

select * from final
