-- one row per order item, conformed
with order_items as (
    select
        payment_type,
        order_status,
        delivery_status,
        shipping_mode,
        market,
        order_region,
        order_country,
        order_state,
        order_city,
        order_zipcode,
        department_name,
        source_file,
        load_id,
        order_item_id,
        order_id,
        customer_id,
        product_id,
        department_id,
        shipping_days_real,
        shipping_days_scheduled,
        quantity,
        order_item_product_price,
        sales,
        order_item_discount,
        order_item_total,
        order_profit_per_order,
        order_item_discount_rate,
        order_item_profit_ratio,
        source_line,
        order_date,
        ship_date,
        order_ts,
        ship_ts
    from ${silver}.order_items
),

normalised as (
    select
        payment_type,
        upper(order_status) as order_status,
        delivery_status,
        shipping_mode,
        market,
        order_region,
        order_country,
        order_state,
        order_city,
        case
            when regexp_like(order_zipcode, '^[0-9]{1,5}(\.0+)?\z')
                then lpad(split_part(order_zipcode, '.', 1), 5, '0')
            else order_zipcode
        end as order_zipcode,
        department_name,
        source_file,
        load_id,
        order_item_id,
        order_id,
        customer_id,
        product_id,
        department_id,
        shipping_days_real,
        shipping_days_scheduled,
        shipping_days_real - shipping_days_scheduled as delivery_delay_days,
        quantity,
        cast(order_item_product_price as decimal(18, 2)) as unit_price,
        cast(sales as decimal(18, 2)) as gross_sales,
        cast(order_item_discount as decimal(18, 2)) as discount,
        cast(order_item_total as decimal(18, 2)) as revenue,
        cast(order_profit_per_order as decimal(18, 2)) as profit,
        cast(order_item_discount_rate as decimal(9, 4)) as discount_rate,
        cast(order_item_profit_ratio as decimal(9, 4)) as profit_ratio,
        source_line,
        order_date,
        ship_date,
        order_ts,
        ship_ts
    from order_items
),

final as (
    select
        ---------- ids
        order_item_id,
        order_id,
        customer_id,
        product_id,
        department_id,

        ---------- strings
        order_status,
        case
            when order_status in ('COMPLETE', 'CLOSED') then 'Completed'
            when
                order_status in ('CANCELED', 'SUSPECTED_FRAUD')
                then 'Canceled'
            when
                order_status in (
                    'PENDING', 'PENDING_PAYMENT', 'PROCESSING', 'ON_HOLD',
                    'PAYMENT_REVIEW'
                )
                then 'Open'
            else 'Unknown'
        end as order_status_group,
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

        ---------- numerics
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

        ---------- booleans
        delivery_delay_days > 0
        and coalesce(delivery_status, 'none given') <> 'Shipping canceled'
            as is_late,

        ---------- dates
        order_date,
        ship_date,

        ---------- timestamps
        order_ts,
        ship_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from normalised
)

select * from final
