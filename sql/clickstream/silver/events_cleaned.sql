-- one row per event, of those equal in all nine columns the first
with events as (
    select
        event_type,
        lower(coalesce(category_code, 'unknown')) as category_code,
        lower(coalesce(brand, 'unknown')) as brand,
        user_session,
        source_file,
        load_id,
        product_id,
        category_id,
        price,
        user_id,
        source_line,
        event_time
    from ${bronze}.events_raw
),

duplicates as (
    select
        source_file,
        load_id,
        source_line,
        event_ts
    from ${silver}.duplicate_events
),

-- few are left out, and finding them again would cost more than this join
kept as (
    select
        events.event_type,
        events.category_code,
        events.brand,
        events.user_session,
        events.source_file,
        events.load_id,
        events.product_id,
        events.category_id,
        events.price,
        events.user_id,
        events.source_line,
        events.event_time
    from events
    left join duplicates
        on
            events.event_time = duplicates.event_ts
            and events.source_file = duplicates.source_file
            and events.source_line = duplicates.source_line
            and events.load_id = duplicates.load_id
    where duplicates.load_id is null
),

final as (
    select
        ---------- ids
        product_id,
        category_id,
        user_id,
        user_session,
        concat(
            cast(user_id as varchar),
            ':',
            coalesce(
                user_session,
                -- of the date: date_format of a time rounds to milliseconds
                concat(
                    'day-',
                    replace(cast(cast(event_time as date) as varchar), '-', '')
                )
            )
        ) as session_key,

        ---------- strings
        event_type,
        category_code,
        split_part(category_code, '.', 1) as category_l1,
        brand,

        ---------- numerics
        price,
        hour(event_time) as event_hour,
        day_of_week(event_time) as day_of_week,

        ---------- dates
        cast(event_time as date) as event_date,

        ---------- timestamps
        event_time as event_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from kept
)

select * from final
