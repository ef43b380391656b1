-- one row per session and day on which it has events
with events as (
    select
        session_key,
        event_type,
        user_id,
        price,
        event_date,
        event_ts
    from ${silver}.events_cleaned
),

final as (
    select
        ---------- ids
        session_key,
        user_id,

        ---------- numerics
        count_if(event_type = 'view') as views,
        count_if(event_type = 'cart') as carts,
        count_if(event_type = 'remove_from_cart') as removes,
        count_if(event_type = 'purchase') as purchases,
        cast(
            sum(
                case
                    when event_type = 'purchase' then price
                    else cast(0 as decimal(18, 2))
                end
            ) as decimal(18, 2)
        ) as revenue,

        ---------- dates
        event_date,

        ---------- timestamps
        min(event_ts) as first_event_ts,
        max(event_ts) as last_event_ts,
        min(case when event_type = 'purchase' then event_ts end)
            as first_purchase_ts
    from events
    group by event_date, session_key, user_id
)

select * from final
