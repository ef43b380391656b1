-- one row per event that repeats an earlier one in all nine columns
with events as (
    select
        event_type,
        category_code,
        brand,
        user_session,
        source_file,
        load_id,
        product_id,
        category_id,
        price,
        user_id,
        source_line,
        event_time,
        source_modified_at
    from ${bronze}.events_raw
),

-- equals agree in these three, which leaves few rows to compare in all nine
repeated_keys as (
    select
        event_time,
        user_id,
        product_id
    from events
    group by event_time, user_id, product_id
    having count(*) > 1
),

candidates as (
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
        events.event_time,
        events.source_modified_at
    from events
    inner join repeated_keys
        on
            events.event_time = repeated_keys.event_time
            and events.user_id = repeated_keys.user_id
            and events.product_id = repeated_keys.product_id
),

numbered as (
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
        row_number() over (
            partition by
                event_time,
                event_type,
                product_id,
                category_id,
                category_code,
                brand,
                price,
                user_id,
                user_session
            order by source_file, source_modified_at, load_id, source_line
        ) as copy_number,
        event_time
    from candidates
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
    from numbered
    where copy_number > 1
)

select * from final
