-- one row per bronze line, normalised, with the table that it belongs to
with invoices as (
    select
        invoice_no,
        stock_code,
        description,
        country,
        source_file,
        load_id,
        quantity,
        unit_price,
        customer_id,
        source_line,
        invoice_ts,
        source_modified_at
    from ${bronze}.invoices
),

normalised as (
    select
        upper(invoice_no) as invoice_no,
        upper(stock_code) as stock_code,
        description,
        coalesce(country, 'Unspecified') as country,
        source_file,
        load_id,
        quantity,
        unit_price,
        customer_id,
        source_line,
        invoice_ts,
        source_modified_at
    from invoices
),

numbered as (
    select
        invoice_no,
        stock_code,
        description,
        country,
        source_file,
        load_id,
        quantity,
        unit_price,
        customer_id,
        source_line,
        row_number() over (
            partition by
                invoice_no,
                stock_code,
                description,
                quantity,
                invoice_ts,
                unit_price,
                customer_id,
                country
            order by source_file, source_modified_at, load_id, source_line
        ) as copy_number,
        stock_code not in (
            'POST', 'DOT', 'M', 'D', 'S', 'B', 'C2', 'CRUK', 'PADS',
            'AMAZONFEE', 'BANK CHARGES'
        )
        and substr(stock_code, 1, 5) <> 'GIFT_' as is_merchandise,
        invoice_ts
    from normalised
),

-- the first condition that holds decides
routed as (
    select
        invoice_no,
        stock_code,
        description,
        country,
        case
            when copy_number > 1 then 'duplicate_line'
            when invoice_no is null then 'missing_invoice_no'
            when substr(invoice_no, 1, 1) = 'A' then 'bad_debt_adjustment'
            when quantity = 0 then 'zero_quantity'
            when
                quantity < 0
                and substr(invoice_no, 1, 1) = 'C'
                and is_merchandise
                then 'customer_return'
            when
                quantity < 0 and substr(invoice_no, 1, 1) = 'C'
                then 'charge_reversal'
            when quantity < 0 then 'stock_adjustment'
            when
                substr(invoice_no, 1, 1) = 'C'
                then 'cancellation_positive_quantity'
            when unit_price < 0 then 'negative_price'
            when unit_price = 0 then 'zero_price'
            else 'sale'
        end as route_reason,
        source_file,
        load_id,
        quantity,
        unit_price,
        customer_id,
        source_line,
        is_merchandise,
        invoice_ts
    from numbered
),

final as (
    select
        ---------- ids
        invoice_no,
        stock_code,
        customer_id,

        ---------- strings
        description,
        country,
        case
            when route_reason = 'sale' then 'sales'
            when
                route_reason in (
                    'customer_return', 'charge_reversal', 'stock_adjustment'
                )
                then 'returns'
            else 'excluded_lines'
        end as routed_to,
        route_reason,

        ---------- numerics
        quantity,
        unit_price,
        cast(quantity * unit_price as decimal(18, 4)) as total_price,

        ---------- booleans
        customer_id is null as is_guest,
        is_merchandise,

        ---------- dates
        cast(invoice_ts as date) as invoice_date,

        ---------- timestamps
        invoice_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from routed
)

select * from final
