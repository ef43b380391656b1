-- one row per customer with a sale, a return or a credit up to as_of
with sales as (
    select
        invoice_no,
        stock_code,
        country,
        source_file,
        load_id,
        customer_id,
        quantity,
        total_price,
        source_line,
        is_merchandise,
        invoice_date,
        invoice_month,
        invoice_ts
    from ${silver}.sales
    where customer_id is not null and invoice_date <= date '${as_of}'
),

-- what was written off was never a customer's
returns as (
    select
        invoice_no,
        country,
        return_kind,
        source_file,
        load_id,
        customer_id,
        return_value,
        source_line,
        invoice_ts
    from ${silver}.returns
    where
        customer_id is not null
        and return_kind in ('customer_return', 'charge_reversal')
        and invoice_date <= date '${as_of}'
),

customer_lines as (
    select
        customer_id,
        country,
        invoice_ts,
        source_file,
        source_line,
        load_id
    from sales
    union all
    select
        customer_id,
        country,
        invoice_ts,
        source_file,
        source_line,
        load_id
    from returns
),

numbered_lines as (
    select
        customer_id,
        country,
        row_number() over (
            partition by customer_id
            order by
                invoice_ts desc,
                source_file desc,
                source_line desc,
                load_id desc
        ) as lines_from_last
    from customer_lines
),

customers as (
    select
        customer_id,
        country
    from numbered_lines
    where lines_from_last = 1
),

sales_by_customer as (
    select
        customer_id,
        count(distinct invoice_no) as total_orders,
        count(*) as total_lines,
        sum(quantity) as total_units,
        count(distinct case when is_merchandise then stock_code end)
            as distinct_products,
        sum(total_price) as total_spend,
        count(distinct invoice_month) as active_months,
        min(invoice_date) as first_purchase_date,
        max(invoice_date) as last_purchase_date
    from sales
    group by customer_id
),

returns_by_customer as (
    select
        customer_id,
        count(
            distinct case
                when return_kind = 'customer_return' then invoice_no
            end
        ) as return_count,
        sum(case when return_kind = 'customer_return' then return_value end)
            as returns_value,
        sum(case when return_kind = 'charge_reversal' then return_value end)
            as credits_value
    from returns
    group by customer_id
),

totals as (
    select
        customers.customer_id,
        customers.country,
        coalesce(sold.total_orders, 0) as total_orders,
        coalesce(sold.total_lines, 0) as total_lines,
        cast(coalesce(sold.total_units, 0) as bigint) as total_units,
        coalesce(sold.distinct_products, 0) as distinct_products,
        cast(coalesce(sold.total_spend, 0) as decimal(18, 4)) as total_spend,
        coalesce(returned.return_count, 0) as return_count,
        cast(coalesce(returned.returns_value, 0) as decimal(18, 4))
            as returns_value,
        cast(coalesce(returned.credits_value, 0) as decimal(18, 4))
            as credits_value,
        coalesce(sold.active_months, 0) as active_months,
        date_diff('day', sold.first_purchase_date, date '${as_of}') + 1
            as tenure_days,
        date_diff('day', sold.last_purchase_date, date '${as_of}')
            as recency_days,
        date_diff('day', sold.first_purchase_date, sold.last_purchase_date)
            as purchase_span_days,
        sold.first_purchase_date,
        sold.last_purchase_date
    from customers
    left join sales_by_customer as sold
        on customers.customer_id = sold.customer_id
    left join returns_by_customer as returned
        on customers.customer_id = returned.customer_id
),

net_totals as (
    select
        customer_id,
        country,
        total_orders,
        total_lines,
        total_units,
        distinct_products,
        total_spend,
        return_count,
        returns_value,
        credits_value,
        cast(total_spend - returns_value - credits_value as decimal(18, 4))
            as net_spend,
        active_months,
        tenure_days,
        recency_days,
        purchase_span_days,
        first_purchase_date,
        last_purchase_date
    from totals
),

final as (
    select
        ---------- ids
        customer_id,

        ---------- strings
        country,

        ---------- numerics
        total_orders,
        total_lines,
        total_units,
        distinct_products,
        total_spend,
        return_count,
        returns_value,
        credits_value,
        net_spend,
        cast(
            cast(total_spend as decimal(38, 4))
            / nullif(cast(total_orders as decimal(38, 0)), 0)
            as decimal(18, 4)
        ) as avg_order_value,
        cast(
            cast(total_units as decimal(38, 4))
            / nullif(cast(total_orders as decimal(38, 0)), 0)
            as decimal(18, 4)
        ) as avg_basket_units,
        tenure_days,
        recency_days,
        cast(
            cast(30 * total_orders as decimal(38, 4))
            / nullif(cast(tenure_days as decimal(38, 0)), 0)
            as decimal(18, 4)
        ) as purchase_frequency,
        case
            when total_orders >= 2
                then cast(
                    cast(purchase_span_days as decimal(38, 4))
                    / nullif(cast(total_orders - 1 as decimal(38, 0)), 0)
                    as decimal(18, 4)
                )
        end as avg_days_between_orders,
        active_months,
        -- null where a tiny spend makes a rate that the type cannot hold
        try_cast(
            cast(returns_value as decimal(38, 6))
            / nullif(cast(total_spend as decimal(38, 4)), 0)
            as decimal(18, 6)
        ) as return_rate,
        row_number() over (
            order by net_spend desc, total_spend desc, customer_id asc
        ) as spend_rank,

        ---------- booleans
        total_orders >= 2 as is_repeat,

        ---------- dates
        first_purchase_date,
        last_purchase_date
    from net_totals
)

select * from final
