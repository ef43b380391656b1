-- one row per invoice line that is neither sold nor returned
with invoice_lines as (
    select
        invoice_no,
        stock_code,
        description,
        country,
        route_reason,
        source_file,
        load_id,
        customer_id,
        quantity,
        unit_price,
        source_line,
        invoice_ts
    from ${silver}.invoice_lines
    where routed_to = 'excluded_lines'
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
        route_reason as reason,

        ---------- numerics
        quantity,
        unit_price,

        ---------- timestamps
        invoice_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from invoice_lines
)

select * from final
