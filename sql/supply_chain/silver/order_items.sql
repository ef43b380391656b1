-- one row per order item: the latest record of it that was delivered
with deliveries as (
    select
        type,
        delivery_status,
        category_name,
        customer_city,
        customer_country,
        customer_fname,
        customer_lname,
        customer_segment,
        customer_state,
        customer_street,
        customer_zipcode,
        department_name,
        market,
        order_city,
        order_country,
        order_region,
        order_state,
        order_status,
        order_zipcode,
        product_image,
        product_name,
        shipping_mode,
        source_file,
        load_id,
        days_for_shipping_real,
        days_for_shipment_scheduled,
        category_id,
        customer_id,
        department_id,
        order_id,
        order_item_discount,
        order_item_discount_rate,
        order_item_id,
        order_item_product_price,
        order_item_profit_ratio,
        order_item_quantity,
        sales,
        order_item_total,
        order_profit_per_order,
        product_card_id,
        product_price,
        product_status,
        source_line,
        row_number() over (
            partition by order_item_id
            order by
                source_file desc,
                source_modified_at desc,
                load_id desc,
                source_line desc
        ) as deliveries_from_last,
        order_date,
        shipping_date,
        order_date_dateorders,
        shipping_date_dateorders
    from ${bronze}.bronze_complete
),

final as (
    select
        ---------- ids
        order_item_id,
        order_id,
        customer_id,
        product_card_id as product_id,
        category_id,
        department_id,

        ---------- strings
        type as payment_type,
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
        customer_fname,
        customer_lname,
        customer_segment,
        customer_street,
        customer_city,
        customer_state,
        customer_zipcode,
        customer_country,
        product_name,
        category_name,
        product_image,

        ---------- numerics
        days_for_shipping_real as shipping_days_real,
        days_for_shipment_scheduled as shipping_days_scheduled,
        order_item_quantity as quantity,
        order_item_product_price,
        sales,
        order_item_discount,
        order_item_total,
        order_profit_per_order,
        order_item_discount_rate,
        order_item_profit_ratio,
        product_price,
        product_status,

        ---------- dates
        order_date,
        shipping_date as ship_date,

        ---------- timestamps
        order_date_dateorders as order_ts,
        shipping_date_dateorders as ship_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from deliveries
    where deliveries_from_last = 1
)

select * from final
