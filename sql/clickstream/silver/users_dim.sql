-- one row per user with events
with session_days as (
    select
        session_key,
        user_id,
        views,
        carts,
        removes,
        purchases,
        first_event_ts,
        last_event_ts
    from ${silver}.session_days
),

interest_days as (
    select
        category_l1,
        brand,
        user_id,
        events
    from ${silver}.user_interest_days
),

users as (
    select
        user_id,
        sum(views + carts + removes + purchases) as total_events,
        count(distinct session_key) as total_sessions,
        sum(purchases) > 0 as is_buyer,
        min(first_event_ts) as first_seen_ts,
        max(last_event_ts) as last_seen_ts
    from session_days
    group by user_id
),

category_counts as (
    select
        user_id,
        category_l1,
        sum(events) as events
    from interest_days
    where category_l1 <> 'unknown'
    group by user_id, category_l1
),

numbered_categories as (
    select
        user_id,
        category_l1,
        row_number() over (
            partition by user_id
            order by events desc, category_l1 asc
        ) as category_rank
    from category_counts
),

brand_counts as (
    select
        user_id,
        brand,
        sum(events) as events
    from interest_days
    where brand <> 'unknown'
    group by user_id, brand
),

numbered_brands as (
    select
        user_id,
        brand,
        row_number() over (
            partition by user_id
            order by events desc, brand asc
        ) as brand_rank
    from brand_counts
),

final as (
    select
        ---------- ids
        users.user_id,

        ---------- strings
        coalesce(categories.category_l1, 'unknown') as favourite_category_l1,
        coalesce(brands.brand, 'unknown') as favourite_brand,

        ---------- numerics
        users.total_events,
        users.total_sessions,

        ---------- booleans
        users.is_buyer,

        ---------- dates
        cast(users.first_seen_ts as date) as first_event_date,
        cast(users.last_seen_ts as date) as last_event_date,

        ---------- timestamps
        users.first_seen_ts,
        users.last_seen_ts
    from users
    left join numbered_categories as categories
        on
            users.user_id = categories.user_id
            and categories.category_rank = 1
    left join numbered_brands as brands
        on
            users.user_id = brands.user_id
            and brands.brand_rank = 1
)

select * from final
