-- one row per product and span of days without a change of its attributes
with observations as (
    select
        product_name,
        category_name,
        product_image,
        product_id,
        category_id,
        cast(product_price as decimal(18, 2)) as product_price,
        product_status,
        row_number() over (
            partition by product_id, order_date
            order by order_ts desc, order_item_id desc
        ) as observations_from_last,
        order_date
    from ${silver}.order_items
),

-- what a product was at the end of each day with an observation
states as (
    select
        product_name,
        category_name,
        product_image,
        lower(to_hex(sha256(to_utf8(concat(
            coalesce(product_name, chr(30)),
            chr(31),
            coalesce(cast(category_id as varchar), chr(30)),
            chr(31),
            coalesce(category_name, chr(30)),
            chr(31),
            coalesce(cast(product_price as varchar), chr(30)),
            chr(31),
            coalesce(cast(product_status as varchar), chr(30)),
            chr(31),
            coalesce(product_image, chr(30))
        ))))) as attr_hash,
        product_id,
        category_id,
        product_price,
        product_status,
        order_date
    from observations
    where observations_from_last = 1
),

compared as (
    select
        product_name,
        category_name,
        product_image,
        attr_hash,
        lag(attr_hash) over (
            partition by product_id
            order by order_date
        ) as previous_hash,
        product_id,
        category_id,
        product_price,
        product_status,
        order_date
    from states
),

versions as (
    select
        product_name,
        category_name,
        product_image,
        attr_hash,
        product_id,
        category_id,
        product_price,
        product_status,
        row_number() over (
            partition by product_id
            order by order_date
        ) as version_no,
        order_date as valid_from,
        lead(order_date) over (
            partition by product_id
            order by order_date
        ) as next_valid_from
    from compared
    where previous_hash is null or attr_hash <> previous_hash
),

final as (
    select
        ---------- ids
        concat(
            cast(product_id as varchar),
            '-',
            replace(cast(valid_from as varchar), '-', '')
        ) as product_sk,
        product_id,
        category_id,

        ---------- strings
        product_name,
        category_name,
        product_image,
        attr_hash,

        ---------- numerics
        product_price,
        product_status,
        version_no,

        ---------- booleans
        next_valid_from is null as is_current,

        ---------- dates
        valid_from,
        coalesce(next_valid_from, date '9999-12-31') as valid_to
    from versions
)

select * from final
