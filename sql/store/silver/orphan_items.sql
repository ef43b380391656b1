-- one row per line whose order is not known
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
        source_line
    from ${silver}.order_items
),

orders as (
    select order_id
    from ${silver}.orders
),

final as (
    select
        ---------- ids
        order_items.order_id,
        order_items.line_number,
        order_items.product_id,

        ---------- numerics
        order_items.quantity,
        order_items.unit_price,
        order_items.discount_pct,

        ---------- audit
        order_items.source_file,
        order_items.source_line,
        order_items.load_id
    from order_items
    left join orders
        on order_items.order_id = orders.order_id
    where orders.order_id is null
)

select * from final
