-- one row per order item, with customer and product as they were that day
with orders as (
    select
        order_status,
        order_status_group,
        payment_type,
        shipping_mode,
        delivery_status,
        market,
        order_region,
        order_country,
        order_state,
        order_city,
        order_zipcode,
        department_name,
        order_item_id,
        order_id,
        customer_id,
        product_id,
        department_id,
        shipping_days_real,
        shipping_days_scheduled,
        delivery_delay_days,
        quantity,
        unit_price,
        gross_sales,
        discount,
        revenue,
        profit,
        discount_rate,
        profit_ratio,
        is_late,
        order_date,
        ship_date,
        order_ts,
        ship_ts
    from ${silver}.silver_orders
),

customers as (
    select
        customer_sk,
        customer_segment,
        customer_city,
        customer_state,
        customer_country,
        customer_id,
        valid_from,
        valid_to
    from ${silver}.dim_customers
),

products as (
    select
        product_sk,
        product_name,
        category_name,
        product_id,
        category_id,
        product_price,
        valid_from,
        valid_to
    from ${silver}.dim_products
),

final as (
    select
        ---------- ids
        orders.order_item_id,
        orders.order_id,
        customers.customer_sk,
        orders.customer_id,
        products.product_sk,
        orders.product_id,
        products.category_id,
        orders.department_id,

        ---------- strings
        orders.order_status,
        orders.order_status_group,
        orders.payment_type,
        orders.shipping_mode,
        orders.delivery_status,
        orders.market,
        orders.order_region,
        orders.order_country,
        orders.order_state,
        orders.order_city,
        orders.order_zipcode,
        customers.customer_segment,
        customers.customer_city,
        customers.customer_state,
        customers.customer_country,
        products.product_name,
        products.category_name,
        orders.department_name,

        ---------- numerics
        orders.shipping_days_real,
        orders.shipping_days_scheduled,
        orders.delivery_delay_days,
        orders.quantity,
        products.product_price,
        orders.unit_price,
        orders.gross_sales,
        orders.discount,
        orders.revenue,
        orders.profit,
        orders.discount_rate,
        orders.profit_ratio,
        cast(
            cast(orders.profit as decimal(38, 4))
            / nullif(cast(orders.revenue as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as profit_margin,
        year(orders.order_date) as order_year,
        quarter(orders.order_date) as order_quarter,
        day_of_week(orders.order_date) as order_day_of_week,

        ---------- booleans
        orders.order_status_group = 'Completed' as is_completed,
        orders.order_status_group = 'Canceled' as is_canceled,
        orders.is_late,
        orders.profit > 0 as is_profitable,

        ---------- dates
        orders.order_date,
        orders.ship_date,
        date_trunc('month', orders.order_date) as order_month,

        ---------- timestamps
        orders.order_ts,
        orders.ship_ts
    from orders
    left join customers
        on
            orders.customer_id = customers.customer_id
            and orders.order_date >= customers.valid_from
            and orders.order_date < customers.valid_to
    left join products
        on
            orders.product_id = products.product_id
            and orders.order_date >= products.valid_from
            and orders.order_date < products.valid_to
)

select * from final
