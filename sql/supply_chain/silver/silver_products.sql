-- one row per product, as the last version has it
with versions as (
    select
        product_name,
        category_name,
        product_image,
        attr_hash,
        product_id,
        category_id,
        product_price,
        product_status,
        version_no,
        valid_from
    from ${silver}.dim_products
    where is_current
),

orders as (
    select
        department_name,
        product_id,
        department_id,
        row_number() over (
            partition by product_id
            order by order_ts desc, order_item_id desc
        ) as orders_from_last,
        order_date
    from ${silver}.silver_orders
),

seen as (
    select
        product_id,
        min(order_date) as first_seen_date,
        max(order_date) as last_seen_date
    from orders
    group by product_id
),

departments as (
    select
        product_id,
        department_id,
        department_name
    from orders
    where orders_from_last = 1
),

final as (
    select
        ---------- ids
        versions.product_id,
        versions.category_id,
        departments.department_id,

        ---------- strings
        versions.product_name,
        versions.category_name,
        departments.department_name,
        versions.product_image,
        versions.attr_hash,

        ---------- numerics
        versions.product_price,
        versions.product_status,
        versions.version_no,

        ---------- dates
        versions.valid_from as current_since,
        seen.first_seen_date,
        seen.last_seen_date
    from versions
    left join seen
        on versions.product_id = seen.product_id
    left join departments
        on versions.product_id = departments.product_id
)

select * from final
