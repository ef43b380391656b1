-- one row per customer and span of days without a change of its attributes
with observations as (
    select
        customer_fname,
        customer_lname,
        customer_segment,
        customer_street,
        customer_city,
        customer_state,
        case
            when regexp_like(customer_zipcode, '^[0-9]{1,5}(\.0+)?\z')
                then lpad(split_part(customer_zipcode, '.', 1), 5, '0')
            else customer_zipcode
        end as customer_zipcode,
        customer_country,
        customer_id,
        row_number() over (
            partition by customer_id, order_date
            order by order_ts desc, order_item_id desc
        ) as observations_from_last,
        order_date
    from ${silver}.order_items
),

-- what a customer was at the end of each day with an observation
states as (
    select
        customer_fname,
        customer_lname,
        customer_segment,
        customer_street,
        customer_city,
        customer_state,
        customer_zipcode,
        customer_country,
        lower(to_hex(sha256(to_utf8(concat(
            coalesce(customer_fname, chr(30)),
            chr(31),
            coalesce(customer_lname, chr(30)),
            chr(31),
            coalesce(customer_segment, chr(30)),
            chr(31),
            coalesce(customer_street, chr(30)),
            chr(31),
            coalesce(customer_city, chr(30)),
            chr(31),
            coalesce(customer_state, chr(30)),
            chr(31),
            coalesce(customer_zipcode, chr(30)),
            chr(31),
            coalesce(customer_country, chr(30))
        ))))) as attr_hash,
        customer_id,
        order_date
    from observations
    where observations_from_last = 1
),

compared as (
    select
        customer_fname,
        customer_lname,
        customer_segment,
        customer_street,
        customer_city,
        customer_state,
        customer_zipcode,
        customer_country,
        attr_hash,
        lag(attr_hash) over (
            partition by customer_id
            order by order_date
        ) as previous_hash,
        customer_id,
        order_date
    from states
),

versions as (
    select
        customer_fname,
        customer_lname,
        customer_segment,
        customer_street,
        customer_city,
        customer_state,
        customer_zipcode,
        customer_country,
        attr_hash,
        customer_id,
        row_number() over (
            partition by customer_id
            order by order_date
        ) as version_no,
        order_date as valid_from,
        lead(order_date) over (
            partition by customer_id
            order by order_date
        ) as next_valid_from
    from compared
    where previous_hash is null or attr_hash <> previous_hash
),

final as (
    select
        ---------- ids
        concat(
            cast(customer_id as varchar),
            '-',
            replace(cast(valid_from as varchar), '-', '')
        ) as customer_sk,
        customer_id,

        ---------- strings
        customer_fname,
        customer_lname,
        customer_segment,
        customer_street,
        customer_city,
        customer_state,
        customer_zipcode,
        customer_country,
        attr_hash,

        ---------- numerics
        version_no,

        ---------- booleans
        next_valid_from is null as is_current,

        ---------- dates
        valid_from,
        coalesce(next_valid_from, date '9999-12-31') as valid_to
    from versions
)

select * from final
