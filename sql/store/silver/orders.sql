-- one row per order, as delivered last
with orders as (
    select
        order_id,
        customer_id,
        status,
        payment_method,
        channel,
        source_file,
        load_id,
        source_line,
        order_ts,
        source_modified_at
    from ${bronze}.orders
),

-- of the rows of a key the latest wins
numbered as (
    select
        order_id,
        customer_id,
        status,
        payment_method,
        channel,
        source_file,
        load_id,
        source_line,
        order_ts,
        row_number() over (
            partition by order_id
            order by
                source_file desc,
                source_modified_at desc,
                load_id desc,
                source_line desc
        ) as rows_from_latest
    from orders
),

latest as (
    select
        order_id,
        customer_id,
        status,
        payment_method,
        channel,
        source_file,
        load_id,
        source_line,
        order_ts
    from numbered
    where rows_from_latest = 1
),

normalised as (
    select
        order_id,
        customer_id,
        replace(replace(lower(status), ' ', '_'), '-', '_') as status,
        payment_method,
        channel,
        source_file,
        load_id,
        source_line,
        cast(order_ts as date) as order_date,
        order_ts
    from latest
),

final as (
    select
        ---------- ids
        order_id,
        customer_id,

        ---------- strings
        status,
        case
            when
                status in (
                    'completed', 'complete', 'delivered', 'shipped',
                    'closed', 'paid'
                )
                then 'completed'
            when
                status in (
                    'pending', 'processing', 'on_hold', 'created',
                    'approved', 'invoiced'
                )
                then 'open'
            when
                status in ('cancelled', 'canceled', 'failed', 'unavailable')
                then 'cancelled'
            when status in ('returned', 'refunded') then 'returned'
            else 'unknown'
        end as status_group,
        payment_method,
        channel,

        ---------- dates
        order_date,
        date_trunc('month', order_date) as order_month,

        ---------- timestamps
        order_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from normalised
)

select * from final
