-- one row per order line up to as_of, with the keys of its dimensions
with order_lines as (
    select
        order_id,
        customer_id,
        product_id,
        status_group,
        line_number,
        quantity,
        unit_price,
        discount_pct,
        gross_amount,
        discount_amount,
        net_amount,
        cost_amount,
        profit_amount,
        customer_known,
        product_known,
        is_revenue,
        order_date
    from ${silver}.order_lines
    where order_date <= date '${as_of}'
),

final as (
    select
        ---------- ids
        order_id,
        line_number,
        year(order_date) * 10000
        + month(order_date) * 100
        + day(order_date) as date_key,
        case when customer_known then customer_id else 'UNKNOWN' end
            as customer_key,
        case when product_known then product_id else 'UNKNOWN' end
            as product_key,

        ---------- strings
        status_group,

        ---------- numerics
        quantity,
        unit_price,
        discount_pct,
        gross_amount,
        discount_amount,
        net_amount,
        cost_amount,
        profit_amount,

        ---------- booleans
        is_revenue,

        ---------- dates
        order_date
    from order_lines
)

select * from final
