-- one row per sold invoice line
with invoice_lines as (
    select
        invoice_no,
        stock_code,
        description,
        country,
        source_file,
        load_id,
        customer_id,
        quantity,
        unit_price,
        total_price,
        source_line,
        is_guest,
        is_merchandise,
        invoice_date,
        invoice_ts
    from ${silver}.invoice_lines
    where routed_to = 'sales'
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
        case day_of_week(invoice_date)
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            else 'Sunday'
        end as day_name,

        ---------- numerics
        quantity,
        unit_price,
        total_price,
        hour(invoice_ts) as hour_of_day,
        day_of_week(invoice_date) as day_of_week,

        ---------- booleans
        is_guest,
        is_merchandise,

        ---------- dates
        invoice_date,
        date_trunc('month', invoice_date) as invoice_month,

        ---------- timestamps
        invoice_ts,

        ---------- audit
        source_file,
        source_line,
        load_id
    from invoice_lines
)

select * from final
