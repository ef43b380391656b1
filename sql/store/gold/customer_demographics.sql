-- one row per dimension and bucket of customers
with customers as (
    select
        customer_id,
        age_band,
        gender,
        country,
        customer_type
    from ${gold}.dim_customer
    where customer_id is not null
),

segments as (
    select
        customer_id,
        total_orders,
        total_revenue
    from ${gold}.customer_segments
),

customers_by_dimension as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'age_band' then customers.age_band
            when 'gender' then customers.gender
            when 'country' then customers.country
            else customers.customer_type
        end as bucket,
        segments.total_orders,
        segments.total_revenue
    from customers
    inner join segments
        on customers.customer_id = segments.customer_id
    cross join
        unnest(array['age_band', 'gender', 'country', 'customer_type'])
            as dimensions (dimension)
),

buckets as (
    select
        dimension,
        bucket,
        count(*) as customers,
        sum(case when total_orders > 0 then 1 else 0 end) as buyers,
        cast(sum(total_orders) as bigint) as total_orders,
        cast(sum(total_revenue) as decimal(18, 2)) as total_revenue
    from customers_by_dimension
    group by dimension, bucket
),

totals as (
    select
        count(*) as all_customers,
        sum(total_revenue) as all_revenue
    from segments
),

final as (
    select
        ---------- ids
        buckets.dimension,
        buckets.bucket,

        ---------- numerics
        buckets.customers,
        cast(buckets.buyers as bigint) as buyers,
        buckets.total_orders,
        buckets.total_revenue,
        cast(
            cast(buckets.customers as decimal(38, 6))
            / nullif(cast(totals.all_customers as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as customer_share,
        cast(
            cast(buckets.total_revenue as decimal(38, 6))
            / nullif(cast(totals.all_revenue as decimal(38, 2)), 0)
            as decimal(18, 6)
        ) as revenue_share,
        cast(
            cast(buckets.buyers as decimal(38, 6))
            / nullif(cast(buckets.customers as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as buyer_rate,
        cast(
            cast(buckets.total_revenue as decimal(38, 2))
            / nullif(cast(buckets.total_orders as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_order_value,
        cast(
            cast(buckets.total_revenue as decimal(38, 2))
            / nullif(cast(buckets.customers as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as revenue_per_customer
    from buckets
    cross join totals
)

select * from final
