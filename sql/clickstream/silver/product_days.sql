-- one row per product and day with events, with its last known attributes
with events as (
    select
        nullif(category_code, 'unknown') as category_code,
        nullif(brand, 'unknown') as brand,
        source_file,
        load_id,
        product_id,
        category_id,
        price,
        source_line,
        event_date,
        event_ts
    from ${silver}.events_cleaned
),

days as (
    select
        product_id,
        event_date,
        count(*) as events,
        min(price) as min_price,
        max(price) as max_price,
        max(event_ts) as last_event_ts,
        max(case when category_id is not null then event_ts end)
            as category_id_ts,
        max(case when category_code is not null then event_ts end)
            as category_code_ts,
        max(case when brand is not null then event_ts end) as brand_ts
    from events
    group by event_date, product_id
),

-- of all events, the few among which each last value is
last_events as (
    select
        events.category_code,
        events.brand,
        events.source_file,
        events.load_id,
        events.product_id,
        events.category_id,
        events.price,
        events.source_line,
        days.events,
        days.min_price,
        days.max_price,
        events.event_date,
        events.event_ts
    from events
    inner join days
        on
            events.event_date = days.event_date
            and events.product_id = days.product_id
    where
        events.event_ts = days.last_event_ts
        or events.event_ts = days.category_id_ts
        or events.event_ts = days.category_code_ts
        or events.event_ts = days.brand_ts
),

numbered as (
    select
        product_id,
        first_value(category_id) ignore nulls over (
            partition by event_date, product_id
            order by
                event_ts desc,
                source_file desc,
                source_line desc,
                load_id desc
            rows between unbounded preceding and unbounded following
        ) as category_id,
        first_value(category_code) ignore nulls over (
            partition by event_date, product_id
            order by
                event_ts desc,
                source_file desc,
                source_line desc,
                load_id desc
            rows between unbounded preceding and unbounded following
        ) as category_code,
        first_value(brand) ignore nulls over (
            partition by event_date, product_id
            order by
                event_ts desc,
                source_file desc,
                source_line desc,
                load_id desc
            rows between unbounded preceding and unbounded following
        ) as brand,
        events,
        price as last_price,
        min_price,
        max_price,
        row_number() over (
            partition by event_date, product_id
            order by
                event_ts desc,
                source_file desc,
                source_line desc,
                load_id desc
        ) as events_from_last,
        event_date
    from last_events
),

final as (
    select
        ---------- ids
        product_id,
        category_id,

        ---------- strings
        category_code,
        brand,

        ---------- numerics
        events,
        last_price,
        min_price,
        max_price,

        ---------- dates
        event_date
    from numbered
    where events_from_last = 1
)

select * from final
