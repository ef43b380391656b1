-- one row per brand with an event up to as_of
with session_product_days as (
    select
        session_key,
        user_id,
        product_id,
        views,
        carts,
        removes,
        purchases,
        revenue
    from ${silver}.session_product_days
    where event_date <= date '${as_of}'
),

products_dim as (
    select
        brand,
        product_id
    from ${silver}.products_dim
),

product_counts as (
    select
        products_dim.brand,
        count(distinct session_product_days.product_id) as products
    from session_product_days
    inner join products_dim
        on session_product_days.product_id = products_dim.product_id
    group by products_dim.brand
),

-- a session counts once in a brand, on whatever days and products
sessions as (
    select
        session_product_days.session_key,
        session_product_days.user_id,
        products_dim.brand,
        sum(session_product_days.views) as views,
        sum(session_product_days.carts) as carts,
        sum(session_product_days.removes) as removes,
        sum(session_product_days.purchases) as purchases,
        sum(session_product_days.revenue) as revenue
    from session_product_days
    inner join products_dim
        on session_product_days.product_id = products_dim.product_id
    group by
        products_dim.brand,
        session_product_days.session_key,
        session_product_days.user_id
),

brands as (
    select
        brand,
        sum(views) as views,
        sum(carts) as carts,
        sum(removes) as removes,
        sum(purchases) as purchases,
        count(distinct user_id) as unique_users,
        count(distinct case when purchases > 0 then user_id end) as buyers,
        count_if(views > 0) as view_sessions,
        count_if(carts > 0) as cart_sessions,
        count_if(purchases > 0) as purchase_sessions,
        count_if(views > 0 and carts > 0) as view_cart_sessions,
        count_if(carts > 0 and purchases > 0) as cart_purchase_sessions,
        count_if(views > 0 and purchases > 0) as view_purchase_sessions,
        cast(sum(revenue) as decimal(18, 2)) as revenue
    from sessions
    group by brand
),

ranked as (
    select
        brand,
        views,
        carts,
        removes,
        purchases,
        unique_users,
        buyers,
        view_sessions,
        cart_sessions,
        purchase_sessions,
        view_cart_sessions,
        cart_purchase_sessions,
        view_purchase_sessions,
        revenue,
        sum(revenue) over () as table_revenue,
        sum(case when revenue > 0 then 1 else 0 end) over ()
            as earning_brands,
        row_number() over (
            order by
                revenue desc,
                purchases desc,
                views desc,
                brand asc
        ) as revenue_rank
    from brands
),

final as (
    select
        ---------- strings
        ranked.brand,

        ---------- numerics
        product_counts.products,
        ranked.views,
        ranked.carts,
        ranked.removes,
        ranked.purchases,
        ranked.unique_users,
        ranked.buyers,
        ranked.view_sessions,
        ranked.cart_sessions,
        ranked.purchase_sessions,
        cast(
            cast(ranked.view_cart_sessions as decimal(38, 6))
            / nullif(cast(ranked.view_sessions as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as view_to_cart_rate,
        cast(
            cast(ranked.cart_purchase_sessions as decimal(38, 6))
            / nullif(cast(ranked.cart_sessions as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as cart_to_purchase_rate,
        cast(
            cast(ranked.view_purchase_sessions as decimal(38, 6))
            / nullif(cast(ranked.view_sessions as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as view_to_purchase_rate,
        ranked.revenue,
        cast(
            cast(ranked.revenue as decimal(38, 2))
            / nullif(cast(ranked.purchases as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_selling_price,
        cast(
            cast(ranked.revenue as decimal(38, 6))
            / nullif(cast(ranked.table_revenue as decimal(38, 2)), 0)
            as decimal(18, 6)
        ) as revenue_share,
        ranked.revenue_rank,

        ---------- booleans
        ranked.revenue > 0
        and 100 * ranked.revenue_rank <= 10 * ranked.earning_brands
            as is_top_performer
    from ranked
    inner join product_counts
        on ranked.brand = product_counts.brand
)

select * from final
