-- one row per user, top category, brand and day with events
with events as (
    select
        category_l1,
        brand,
        user_id,
        event_date
    from ${silver}.events_cleaned
),

final as (
    select
        ---------- ids
        user_id,

        ---------- strings
        category_l1,
        brand,

        ---------- numerics
        count(*) as events,

        ---------- dates
        event_date
    from events
    group by event_date, user_id, category_l1, brand
)

select * from final
