-- one row per product sold up to as_of, charges such as postage left out
with sales as (
    select
        invoice_no,
        stock_code,
        description,
        country,
        customer_id,
        quantity,
        total_price,
        invoice_date
    from ${silver}.sales
    where is_merchandise and invoice_date <= date '${as_of}'
),

returns as (
    select
        stock_code,
        quantity,
        return_value
    from ${silver}.returns
    where
        return_kind = 'customer_return'
        and invoice_date <= date '${as_of}'
),

description_counts as (
    select
        stock_code,
        description,
        count(*) as line_count
    from sales
    where description is not null
    group by stock_code, description
),

numbered_descriptions as (
    select
        stock_code,
        description,
        row_number() over (
            partition by stock_code
            order by line_count desc, description asc
        ) as description_rank
    from description_counts
),

descriptions as (
    select
        stock_code,
        description
    from numbered_descriptions
    where description_rank = 1
),

sales_by_product as (
    select
        stock_code,
        cast(sum(quantity) as bigint) as units_sold,
        cast(sum(total_price) as decimal(18, 4)) as revenue,
        count(distinct invoice_no) as order_count,
        count(distinct customer_id) as customer_count,
        count(distinct country) as country_count,
        min(invoice_date) as first_sold_date,
        max(invoice_date) as last_sold_date
    from sales
    group by stock_code
),

returns_by_product as (
    select
        stock_code,
        -sum(quantity) as returned_units,
        sum(return_value) as returned_value
    from returns
    group by stock_code
),

products as (
    select
        sold.stock_code,
        descriptions.description,
        sold.units_sold,
        sold.revenue,
        sold.order_count,
        sold.customer_count,
        sold.country_count,
        cast(coalesce(returned.returned_units, 0) as bigint)
            as returned_units,
        cast(coalesce(returned.returned_value, 0) as decimal(18, 4))
            as returned_value,
        sold.first_sold_date,
        sold.last_sold_date
    from sales_by_product as sold
    left join descriptions
        on sold.stock_code = descriptions.stock_code
    left join returns_by_product as returned
        on sold.stock_code = returned.stock_code
),

ranked as (
    select
        stock_code,
        description,
        units_sold,
        revenue,
        order_count,
        customer_count,
        country_count,
        returned_units,
        returned_value,
        rank() over (order by revenue desc) as revenue_rank,
        rank() over (order by units_sold desc) as volume_rank,
        count(*) over () as product_count,
        sum(revenue) over () as table_revenue,
        sum(revenue) over (
            order by revenue desc, stock_code asc
            rows between unbounded preceding and current row
        ) as running_revenue,
        first_sold_date,
        last_sold_date
    from products
),

final as (
    select
        ---------- ids
        stock_code,

        ---------- strings
        description,
        case
            when
                100 * (running_revenue - revenue) < 80 * table_revenue
                then 'A'
            when
                100 * (running_revenue - revenue) < 95 * table_revenue
                then 'B'
            else 'C'
        end as abc_class,

        ---------- numerics
        units_sold,
        revenue,
        order_count,
        customer_count,
        country_count,
        cast(
            cast(revenue as decimal(38, 4))
            / nullif(cast(units_sold as decimal(38, 0)), 0)
            as decimal(18, 4)
        ) as avg_unit_price,
        returned_units,
        returned_value,
        cast(
            cast(returned_units as decimal(38, 6))
            / nullif(cast(units_sold as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as return_rate,
        cast(revenue - returned_value as decimal(18, 4)) as net_revenue,
        revenue_rank,
        volume_rank,
        cast(
            cast(revenue as decimal(38, 6))
            / nullif(cast(table_revenue as decimal(38, 4)), 0)
            as decimal(18, 6)
        ) as revenue_share,
        cast(
            cast(running_revenue as decimal(38, 6))
            / nullif(cast(table_revenue as decimal(38, 4)), 0)
            as decimal(18, 6)
        ) as cumulative_revenue_share,

        ---------- booleans
        5 * revenue_rank <= product_count
        and 5 * volume_rank <= product_count as is_high_performer,

        ---------- dates
        first_sold_date,
        last_sold_date
    from ranked
)

select * from final
