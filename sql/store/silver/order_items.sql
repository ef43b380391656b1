-- one row per line of an order, as delivered last
with order_items as (
    select
        order_id,
        product_id,
        source_file,
        load_id,
        line_number,
        quantity,
        unit_price,
        discount_pct,
        source_line,
        source_modified_at
    from ${bronze}.order_items
),

-- of the rows of a key the latest wins
numbered as (
    select
        order_id,
        product_id,
        source_file,
        load_id,
        line_number,
        quantity,
        unit_price,
        discount_pct,
        source_line,
        row_number() over (
            partition by order_id, line_number
            order by
                source_file desc,
                source_modified_at desc,
                load_id desc,
                source_line desc
        ) as rows_from_latest
    from order_items
),

latest as (
    select
        order_id,
        product_id,
        source_file,
        load_id,
        line_number,
        quantity,
        unit_price,
        discount_pct,
        source_line
    from numbered
    where rows_from_latest = 1
),

final as (
    select
        ---------- ids
        order_id,
        line_number,
        product_id,

        ---------- numerics
        quantity,
        unit_price,
        coalesce(discount_pct, 0) as discount_pct,

        ---------- audit
        source_file,
        source_line,
        load_id
    from latest
)

select * from final
