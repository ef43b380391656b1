-- one row per product and product bought with it more often than by chance
with basket_products as (
    select distinct
        order_id,
        product_id
    from ${silver}.order_lines
    where is_revenue and product_known and order_date <= date '${as_of}'
),

totals as (
    select count(distinct order_id) as total_orders
    from basket_products
),

products as (
    select
        product_id,
        count(*) as product_orders
    from basket_products
    group by product_id
),

pairs as (
    select
        first_products.product_id,
        second_products.product_id as recommended_product_id,
        count(*) as pair_orders
    from basket_products as first_products
    inner join basket_products as second_products
        on first_products.order_id = second_products.order_id
    where first_products.product_id <> second_products.product_id
    group by first_products.product_id, second_products.product_id
),

-- decimals, since a product of counts can be beyond bigint
counted as (
    select
        pairs.product_id,
        pairs.recommended_product_id,
        pairs.pair_orders,
        products.product_orders,
        recommended.product_orders as recommended_orders,
        totals.total_orders,
        cast(pairs.pair_orders as decimal(19, 0))
        * cast(totals.total_orders as decimal(19, 0)) as pair_product,
        cast(products.product_orders as decimal(19, 0))
        * cast(recommended.product_orders as decimal(19, 0)) as chance_product
    from pairs
    inner join products
        on pairs.product_id = products.product_id
    inner join products as recommended
        on pairs.recommended_product_id = recommended.product_id
    cross join totals
),

ranked as (
    select
        product_id,
        recommended_product_id,
        pair_orders,
        product_orders,
        recommended_orders,
        total_orders,
        pair_product,
        chance_product,
        row_number() over (
            partition by product_id
            order by
                pair_orders desc,
                recommended_orders asc,
                recommended_product_id asc
        ) as place
    from counted
    where
        pair_orders >= ${min_pair_orders}
        and pair_product > chance_product
),

final as (
    select
        ---------- ids
        product_id,
        recommended_product_id,

        ---------- numerics
        place as rank,
        pair_orders,
        product_orders,
        recommended_orders,
        total_orders,
        cast(
            cast(pair_orders as decimal(38, 6))
            / nullif(cast(total_orders as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as support,
        cast(
            cast(pair_orders as decimal(38, 6))
            / nullif(cast(product_orders as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as confidence,
        cast(
            cast(pair_product as decimal(38, 6))
            / nullif(cast(chance_product as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as lift
    from ranked
    where place <= ${top_n}
)

select * from final
