-- one row per product, and one for products that are not known
with products as (
    select
        product_id,
        product_name,
        category,
        sub_category,
        brand,
        list_price,
        unit_cost,
        is_active
    from ${silver}.products
),

all_products as (
    select
        product_id as product_key,
        product_id,
        product_name,
        category,
        sub_category,
        brand,
        list_price,
        unit_cost,
        is_active
    from products
    union all
    select
        'UNKNOWN' as product_key,
        cast(null as varchar) as product_id,
        'Unknown' as product_name,
        'Unknown' as category,
        cast(null as varchar) as sub_category,
        cast(null as varchar) as brand,
        cast(null as decimal(18, 2)) as list_price,
        cast(null as decimal(18, 2)) as unit_cost,
        false as is_active
),

final as (
    select
        ---------- ids
        product_key,
        product_id,

        ---------- strings
        product_name,
        category,
        sub_category,
        brand,
        case
            when list_price is null then 'Unknown'
            when list_price < 10 then 'Under 10'
            when list_price < 50 then '10-49.99'
            when list_price < 200 then '50-199.99'
            else '200+'
        end as price_band,

        ---------- numerics
        list_price,
        unit_cost,
        cast(
            cast(100 * (list_price - unit_cost) as decimal(38, 4))
            / nullif(cast(list_price as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as list_margin_pct,

        ---------- booleans
        is_active
    from all_products
)

select * from final
