-- one row per product ordered up to as_of
with orders as (
    select
        order_status_group,
        order_id,
        customer_id,
        product_id,
        quantity,
        gross_sales,
        discount,
        revenue,
        profit,
        is_late,
        order_date,
        order_date > date '${as_of}' - interval '90' day as is_90d,
        order_date > date '${as_of}' - interval '180' day as is_180d
    from ${silver}.silver_orders
    where order_date <= date '${as_of}'
),

products as (
    select
        product_name,
        category_name,
        department_name,
        product_id,
        product_price
    from ${silver}.silver_products
),

placed_by_product as (
    select
        product_id,
        count(*) as placed_lines,
        cast(
            sum(case when order_status_group = 'Canceled' then 1 else 0 end)
            as bigint
        ) as canceled_lines
    from orders
    group by product_id
),

completed_by_product as (
    select
        product_id,
        count(distinct order_id) as total_orders,
        count(*) as line_count,
        count(distinct customer_id) as customer_count,
        sum(quantity) as units_sold,
        sum(case when is_180d then quantity else 0 end) as units_180d,
        sum(gross_sales) as gross_sales,
        sum(discount) as total_discount,
        sum(revenue) as total_revenue,
        sum(case when is_90d then revenue end) as revenue_90d,
        sum(case when is_180d and not is_90d then revenue end)
            as revenue_prev_90d,
        sum(profit) as total_profit,
        sum(case when is_late then 1 else 0 end) as late_line_count,
        min(order_date) as first_sold_date,
        max(order_date) as last_sold_date
    from orders
    where order_status_group = 'Completed'
    group by product_id
),

totals as (
    select
        placed.product_id,
        placed.placed_lines,
        placed.canceled_lines,
        coalesce(sold.total_orders, 0) as total_orders,
        sold.line_count,
        coalesce(sold.customer_count, 0) as customer_count,
        coalesce(sold.units_sold, 0) as units_sold,
        coalesce(sold.units_180d, 0) as units_180d,
        cast(coalesce(sold.gross_sales, 0) as decimal(18, 2)) as gross_sales,
        cast(coalesce(sold.total_discount, 0) as decimal(18, 2))
            as total_discount,
        cast(coalesce(sold.total_revenue, 0) as decimal(18, 2))
            as total_revenue,
        cast(coalesce(sold.revenue_90d, 0) as decimal(18, 2)) as revenue_90d,
        cast(coalesce(sold.revenue_prev_90d, 0) as decimal(18, 2))
            as revenue_prev_90d,
        cast(coalesce(sold.total_profit, 0) as decimal(18, 2))
            as total_profit,
        sold.late_line_count,
        sold.first_sold_date,
        sold.last_sold_date
    from placed_by_product as placed
    left join completed_by_product as sold
        on placed.product_id = sold.product_id
),

ranked as (
    select
        product_id,
        placed_lines,
        canceled_lines,
        total_orders,
        line_count,
        customer_count,
        units_sold,
        units_180d,
        gross_sales,
        total_discount,
        total_revenue,
        revenue_90d,
        revenue_prev_90d,
        total_profit,
        late_line_count,
        rank() over (order by total_revenue desc) as revenue_rank,
        -- among the products that sold in the last 180 days
        row_number() over (
            partition by units_180d > 0
            order by total_revenue desc, units_sold desc, product_id asc
        ) as mover_rank,
        count(*) over (partition by units_180d > 0) as mover_count,
        first_sold_date,
        last_sold_date
    from totals
),

-- in each of the following the first condition that holds decides
tiers as (
    select
        product_id,
        case
            when units_180d = 0 then 'Slow Movers'
            when 100 * mover_rank <= 10 * mover_count then 'Star'
            when 100 * mover_rank <= 30 * mover_count then 'Strong'
            when 100 * mover_rank <= 70 * mover_count then 'Steady'
            else 'Weak'
        end as performance_tier,
        case
            when total_revenue = 0 then 'Very Low'
            when 100 * total_profit >= 15 * total_revenue then 'High'
            when 100 * total_profit >= 10 * total_revenue then 'Medium'
            when 100 * total_profit >= 5 * total_revenue then 'Low'
            else 'Very Low'
        end as margin_band,
        placed_lines,
        canceled_lines,
        total_orders,
        line_count,
        customer_count,
        units_sold,
        units_180d,
        gross_sales,
        total_discount,
        total_revenue,
        revenue_90d,
        revenue_prev_90d,
        total_profit,
        late_line_count,
        revenue_rank,
        first_sold_date,
        last_sold_date
    from ranked
),

health as (
    select
        product_id,
        performance_tier,
        margin_band,
        case
            when
                performance_tier = 'Slow Movers'
                or total_profit < 0
                or 2 * revenue_90d < revenue_prev_90d
                then 'At Risk'
            when
                10 * revenue_90d < 9 * revenue_prev_90d
                or 10 * canceled_lines >= placed_lines
                or margin_band in ('Low', 'Very Low')
                then 'Monitor'
            else 'Healthy'
        end as health_status,
        placed_lines,
        canceled_lines,
        total_orders,
        line_count,
        customer_count,
        units_sold,
        units_180d,
        gross_sales,
        total_discount,
        total_revenue,
        revenue_90d,
        revenue_prev_90d,
        total_profit,
        late_line_count,
        revenue_rank,
        first_sold_date,
        last_sold_date
    from tiers
),

final as (
    select
        ---------- ids
        health.product_id,

        ---------- strings
        products.product_name,
        products.category_name,
        products.department_name,
        health.performance_tier,
        health.margin_band,
        health.health_status,
        case
            when health.performance_tier = 'Slow Movers' then 'Review or Exit'
            when health.performance_tier in ('Star', 'Strong')
                then case
                    when health.margin_band in ('Low', 'Very Low')
                        then 'Fix Margin'
                    when health.health_status = 'Healthy'
                        then 'Protect and Grow'
                    else 'Stabilise'
                end
            when health.health_status = 'At Risk' then 'Review or Exit'
            when health.margin_band in ('Low', 'Very Low') then 'Maintain'
            else 'Growth Opportunity'
        end as strategic_priority,

        ---------- numerics
        products.product_price,
        health.total_orders,
        health.units_sold,
        health.customer_count,
        health.gross_sales,
        health.total_discount,
        health.total_revenue,
        health.total_profit,
        -- null where a tiny revenue makes a margin that the type cannot hold
        try_cast(
            cast(health.total_profit as decimal(38, 4))
            / nullif(cast(health.total_revenue as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as profit_margin,
        cast(
            cast(health.total_revenue as decimal(38, 2))
            / nullif(cast(health.units_sold as decimal(38, 0)), 0)
            as decimal(18, 2)
        ) as avg_selling_price,
        health.placed_lines,
        health.canceled_lines,
        cast(
            cast(health.canceled_lines as decimal(38, 6))
            / nullif(cast(health.placed_lines as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as cancellation_rate,
        cast(
            cast(health.late_line_count as decimal(38, 6))
            / nullif(cast(health.line_count as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as late_delivery_rate,
        health.revenue_90d,
        health.revenue_prev_90d,
        health.units_180d,
        -- null where a tiny revenue before makes a growth beyond the type
        try_cast(
            cast(
                100 * (health.revenue_90d - health.revenue_prev_90d)
                as decimal(38, 4)
            )
            / nullif(cast(health.revenue_prev_90d as decimal(38, 2)), 0)
            as decimal(18, 4)
        ) as revenue_growth_90d_pct,
        health.revenue_rank,

        ---------- dates
        health.first_sold_date,
        health.last_sold_date
    from health
    left join products
        on health.product_id = products.product_id
)

select * from final
