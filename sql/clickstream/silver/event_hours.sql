-- one row per day and hour with events
with events as (
    select
        event_hour,
        event_date
    from ${silver}.events_cleaned
),

final as (
    select
        ---------- numerics
        event_hour,
        count(*) as events,

        ---------- dates
        event_date
    from events
    group by event_date, event_hour
)

select * from final
