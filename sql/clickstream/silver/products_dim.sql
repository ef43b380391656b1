-- one row per product with events, with its last known attributes
with product_days as (
    select
        category_code,
        brand,
        product_id,
        category_id,
        events,
        last_price,
        min_price,
        max_price,
        event_date
    from ${silver}.product_days
),

products as (
    select
        product_id,
        sum(events) as total_events,
        min(min_price) as min_price,
        max(max_price) as max_price,
        min(event_date) as first_seen_date,
        max(event_date) as last_seen_date,
        max(case when category_id is not null then event_date end)
            as category_id_date,
        max(case when category_code is not null then event_date end)
            as category_code_date,
        max(case when brand is not null then event_date end) as brand_date
    from product_days
    group by product_id
),

final as (
    select
        ---------- ids
        products.product_id,
        category_ids.category_id,

        ---------- strings
        coalesce(category_codes.category_code, 'unknown') as category_code,
        split_part(coalesce(category_codes.category_code, 'unknown'), '.', 1)
            as category_l1,
        coalesce(brands.brand, 'unknown') as brand,

        ---------- numerics
        last_days.last_price,
        products.min_price,
        products.max_price,
        products.total_events,

        ---------- dates
        products.first_seen_date,
        products.last_seen_date
    from products
    inner join product_days as last_days
        on
            products.product_id = last_days.product_id
            and products.last_seen_date = last_days.event_date
    left join product_days as category_ids
        on
            products.product_id = category_ids.product_id
            and products.category_id_date = category_ids.event_date
    left join product_days as category_codes
        on
            products.product_id = category_codes.product_id
            and products.category_code_date = category_codes.event_date
    left join product_days as brands
        on
            products.product_id = brands.product_id
            and products.brand_date = brands.event_date
)

select * from final
