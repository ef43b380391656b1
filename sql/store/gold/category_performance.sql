-- one row per category with revenue lines up to as_of
with revenue_lines as (
    select
        order_id,
        customer_id,
        product_id,
        category,
        quantity,
        gross_amount,
        discount_amount,
        net_amount,
        profit_amount,
        customer_known
    from ${silver}.order_lines
    where is_revenue and order_date <= date '${as_of}'
),

products as (
    select
        category,
        product_id,
        sum(net_amount) as revenue
    from revenue_lines
    group by category, product_id
),

numbered_products as (
    select
        category,
        product_id,
        row_number() over (
            partition by category
            order by revenue desc, product_id asc
        ) as place
    from products
),

top_products as (
    select
        category,
        product_id
    from numbered_products
    where place = 1
),

categories as (
    select
        category,
        sum(net_amount) as revenue,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        coalesce(sum(profit_amount), 0) as profit,
        sum(case when profit_amount is not null then net_amount end)
            as costed_revenue,
        sum(quantity) as units_sold,
        count(distinct order_id) as total_orders,
        count(distinct product_id) as products_sold,
        count(distinct case when customer_known then customer_id end)
            as active_customers
    from revenue_lines
    group by category
),

totals as (
    select sum(revenue) as total_revenue
    from categories
),

final as (
    select
        ---------- ids
        categories.category,
        top_products.product_id as top_product_id,

        ---------- numerics
        cast(categories.revenue as decimal(18, 2)) as revenue,
        cast(categories.gross_amount as decimal(18, 2)) as gross_amount,
        cast(categories.discount_amount as decimal(18, 2)) as discount_amount,
        cast(categories.profit as decimal(18, 2)) as profit,
        cast(categories.units_sold as bigint) as units_sold,
        categories.total_orders,
        categories.products_sold,
        categories.active_customers,
        cast(
            cast(categories.revenue as decimal(38, 2))
            / nullif(cast(categories.units_sold as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_selling_price,
        cast(
            cast(100 * categories.discount_amount as decimal(38, 4))
            / nullif(cast(categories.gross_amount as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as discount_rate_pct,
        -- null where a tiny revenue makes a margin that the type cannot hold
        try_cast(
            cast(100 * categories.profit as decimal(38, 4))
            / nullif(cast(categories.costed_revenue as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as margin_pct,
        cast(
            cast(categories.revenue as decimal(38, 6))
            / nullif(cast(totals.total_revenue as decimal(38, 2)), 0)
            as decimal(18, 6)
        ) as revenue_share,
        row_number() over (
            order by categories.revenue desc, categories.category asc
        ) as revenue_rank
    from categories
    inner join top_products
        on categories.category = top_products.category
    cross join totals
)

select * from final
