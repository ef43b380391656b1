-- one row per product, as delivered last
with products as (
    select
        product_id,
        product_name,
        category,
        sub_category,
        brand,
        source_file,
        load_id,
        list_price,
        unit_cost,
        source_line,
        is_active,
        source_modified_at
    from ${bronze}.products
),

-- of the rows of a key the latest wins
numbered as (
    select
        product_id,
        product_name,
        category,
        sub_category,
        brand,
        source_file,
        load_id,
        list_price,
        unit_cost,
        source_line,
        is_active,
        row_number() over (
            partition by product_id
            order by
                source_file desc,
                source_modified_at desc,
                load_id desc,
                source_line desc
        ) as rows_from_latest
    from products
),

latest as (
    select
        product_id,
        product_name,
        category,
        sub_category,
        brand,
        source_file,
        load_id,
        list_price,
        unit_cost,
        source_line,
        is_active
    from numbered
    where rows_from_latest = 1
),

final as (
    select
        ---------- ids
        product_id,

        ---------- strings
        product_name,
        coalesce(category, 'Unknown') as category,
        sub_category,
        brand,

        ---------- numerics
        list_price,
        unit_cost,

        ---------- booleans
        coalesce(is_active, true) as is_active,

        ---------- audit
        source_file,
        source_line,
        load_id
    from latest
)

select * from final
