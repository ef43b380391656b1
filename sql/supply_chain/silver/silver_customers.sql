-- one row per customer, as the last version has it
with versions as (
    select
        customer_fname,
        customer_lname,
        customer_segment,
        customer_street,
        customer_city,
        customer_state,
        customer_zipcode,
        customer_country,
        attr_hash,
        customer_id,
        version_no,
        valid_from
    from ${silver}.dim_customers
    where is_current
),

orders as (
    select
        customer_id,
        order_date
    from ${silver}.silver_orders
),

seen as (
    select
        customer_id,
        min(order_date) as first_seen_date,
        max(order_date) as last_seen_date
    from orders
    group by customer_id
),

final as (
    select
        ---------- ids
        versions.customer_id,

        ---------- strings
        versions.customer_fname,
        versions.customer_lname,
        versions.customer_segment,
        versions.customer_street,
        versions.customer_city,
        versions.customer_state,
        versions.customer_zipcode,
        versions.customer_country,
        versions.attr_hash,

        ---------- numerics
        versions.version_no,

        ---------- dates
        versions.valid_from as current_since,
        seen.first_seen_date,
        seen.last_seen_date
    from versions
    left join seen
        on versions.customer_id = seen.customer_id
)

select * from final
