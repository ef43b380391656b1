-- one row per day and country with a sale, a return or a credit up to as_of
with sales as (
    select
        invoice_no,
        country,
        customer_id,
        quantity,
        total_price,
        is_guest,
        is_merchandise,
        invoice_date
    from ${silver}.sales
    where invoice_date <= date '${as_of}'
),

returns as (
    select
        country,
        return_kind,
        return_value,
        invoice_date
    from ${silver}.returns
    where
        return_kind in ('customer_return', 'charge_reversal')
        and invoice_date <= date '${as_of}'
),

sales_by_day as (
    select
        invoice_date,
        country,
        sum(total_price) as revenue,
        sum(case when is_merchandise then total_price end)
            as merchandise_revenue,
        sum(case when is_guest then total_price end) as guest_revenue,
        count(distinct invoice_no) as order_count,
        count(*) as line_count,
        sum(quantity) as units_sold,
        count(distinct customer_id) as customer_count
    from sales
    group by invoice_date, country
),

returns_by_day as (
    select
        invoice_date,
        country,
        sum(case when return_kind = 'customer_return' then return_value end)
            as returns_value,
        sum(case when return_kind = 'charge_reversal' then return_value end)
            as credits_value
    from returns
    group by invoice_date, country
),

days as (
    select
        coalesce(sold.invoice_date, returned.invoice_date) as sale_date,
        coalesce(sold.country, returned.country) as country,
        cast(coalesce(sold.revenue, 0) as decimal(18, 4)) as revenue,
        cast(coalesce(sold.merchandise_revenue, 0) as decimal(18, 4))
            as merchandise_revenue,
        cast(coalesce(sold.guest_revenue, 0) as decimal(18, 4))
            as guest_revenue,
        coalesce(sold.order_count, 0) as order_count,
        coalesce(sold.line_count, 0) as line_count,
        cast(coalesce(sold.units_sold, 0) as bigint) as units_sold,
        coalesce(sold.customer_count, 0) as customer_count,
        cast(coalesce(returned.returns_value, 0) as decimal(18, 4))
            as returns_value,
        cast(coalesce(returned.credits_value, 0) as decimal(18, 4))
            as credits_value
    from sales_by_day as sold
    full outer join returns_by_day as returned
        on
            sold.invoice_date = returned.invoice_date
            and sold.country = returned.country
),

-- the week is of calendar days: days without a row count as nothing sold
windowed as (
    select
        sale_date,
        country,
        revenue,
        merchandise_revenue,
        guest_revenue,
        order_count,
        line_count,
        units_sold,
        customer_count,
        returns_value,
        credits_value,
        lag(revenue) over (
            partition by country
            order by sale_date
        ) as previous_revenue,
        sum(revenue) over (
            partition by country
            order by sale_date
            range between interval '6' day preceding and current row
        ) as revenue_7d,
        sum(revenue) over (
            partition by country, date_trunc('month', sale_date)
            order by sale_date
            rows between unbounded preceding and current row
        ) as month_to_date_revenue
    from days
),

final as (
    select
        ---------- strings
        country,

        ---------- numerics
        revenue,
        merchandise_revenue,
        guest_revenue,
        order_count,
        line_count,
        units_sold,
        customer_count,
        returns_value,
        credits_value,
        cast(revenue - returns_value - credits_value as decimal(18, 4))
            as net_revenue,
        cast(
            cast(revenue as decimal(38, 4))
            / nullif(cast(order_count as decimal(38, 0)), 0)
            as decimal(18, 4)
        ) as avg_order_value,
        previous_revenue,
        -- null where a tiny day before makes a change that the type cannot hold
        try_cast(
            cast(100 * (revenue - previous_revenue) as decimal(38, 4))
            / nullif(cast(previous_revenue as decimal(38, 4)), 0)
            as decimal(18, 4)
        ) as revenue_change_pct,
        cast(revenue_7d as decimal(18, 4)) as revenue_7d,
        cast(month_to_date_revenue as decimal(18, 4))
            as month_to_date_revenue,

        ---------- dates
        sale_date
    from windowed
)

select * from final
