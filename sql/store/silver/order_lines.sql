-- one row per line of a known order, with what its order and product say
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
    select
        order_id,
        customer_id,
        status,
        status_group,
        order_date,
        order_month,
        order_ts
    from ${silver}.orders
),

products as (
    select
        product_id,
        category,
        unit_cost
    from ${silver}.products
),

customers as (
    select customer_id
    from ${silver}.customers
),

joined as (
    select
        order_items.order_id,
        order_items.line_number,
        orders.customer_id,
        order_items.product_id,
        coalesce(products.category, 'Unknown') as category,
        orders.status,
        orders.status_group,
        order_items.source_file,
        order_items.load_id,
        order_items.quantity,
        order_items.unit_price,
        order_items.discount_pct,
        cast(order_items.quantity * order_items.unit_price as decimal(18, 2))
            as gross_amount,
        products.unit_cost,
        cast(order_items.quantity * products.unit_cost as decimal(18, 2))
            as cost_amount,
        order_items.source_line,
        customers.customer_id is not null as customer_known,
        products.product_id is not null as product_known,
        orders.order_date,
        orders.order_month,
        orders.order_ts
    from order_items
    inner join orders
        on order_items.order_id = orders.order_id
    left join products
        on order_items.product_id = products.product_id
    left join customers
        on orders.customer_id = customers.customer_id
),

discounted as (
    select
        order_id,
        line_number,
        customer_id,
        product_id,
        category,
        status,
        status_group,
        source_file,
        load_id,
        quantity,
        unit_price,
        discount_pct,
        gross_amount,
        cast(gross_amount * discount_pct as decimal(18, 2)) as discount_amount,
        unit_cost,
        cost_amount,
        source_line,
        customer_known,
        product_known,
        order_date,
        order_month,
        order_ts
    from joined
),

final as (
    select
        ---------- ids
        order_id,
        line_number,
        customer_id,
        product_id,

        ---------- strings
        category,
        status,
        status_group,

        ---------- numerics
        quantity,
        unit_price,
        discount_pct,
        gross_amount,
        discount_amount,
        cast(gross_amount - discount_amount as decimal(18, 2)) as net_amount,
        unit_cost,
        cost_amount,
        cast(gross_amount - discount_amount - cost_amount as decimal(18, 2))
            as profit_amount,

        ---------- booleans
        customer_known,
        product_known,
        status_group = 'completed' as is_revenue,

        ---------- dates
        order_date,
        order_month,

        ---------- timestamps
        order_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from discounted
)

select * from final
