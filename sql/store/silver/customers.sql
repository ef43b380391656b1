-- one row per customer, as delivered last
with customers as (
    select
        customer_id,
        first_name,
        last_name,
        email,
        phone,
        gender,
        customer_type,
        city,
        state,
        country,
        postal_code,
        source_file,
        load_id,
        source_line,
        birth_date,
        registration_date,
        source_modified_at
    from ${bronze}.customers
),

-- of the rows of a key the latest wins
numbered as (
    select
        customer_id,
        first_name,
        last_name,
        email,
        phone,
        gender,
        customer_type,
        city,
        state,
        country,
        postal_code,
        source_file,
        load_id,
        source_line,
        birth_date,
        registration_date,
        row_number() over (
            partition by customer_id
            order by
                source_file desc,
                source_modified_at desc,
                load_id desc,
                source_line desc
        ) as rows_from_latest
    from customers
),

latest as (
    select
        customer_id,
        first_name,
        last_name,
        email,
        phone,
        gender,
        customer_type,
        city,
        state,
        country,
        postal_code,
        source_file,
        load_id,
        source_line,
        birth_date,
        registration_date
    from numbered
    where rows_from_latest = 1
),

lowered as (
    select
        customer_id,
        first_name,
        last_name,
        lower(email) as email,
        phone,
        lower(gender) as gender,
        customer_type,
        city,
        state,
        country,
        postal_code,
        source_file,
        load_id,
        source_line,
        birth_date,
        registration_date
    from latest
),

final as (
    select
        ---------- ids
        customer_id,

        ---------- strings
        first_name,
        last_name,
        case
            when regexp_like(email, '^[^@\s]+@[^@\s]+\.[^@\s]+$') then email
        end as email,
        -- a sign before the first digit is the plus of the country code
        concat(
            case when regexp_like(phone, '^[^0-9]*\+') then '+' else '' end,
            regexp_replace(phone, '[^0-9]', '')
        ) as phone,
        case
            when gender is null then 'Unknown'
            when gender in ('f', 'female', 'w', 'woman') then 'F'
            when gender in ('m', 'male', 'man') then 'M'
            else 'X'
        end as gender,
        coalesce(customer_type, 'Unknown') as customer_type,
        city,
        coalesce(state, 'Unknown') as state,
        coalesce(country, 'Unknown') as country,
        postal_code,

        ---------- dates
        birth_date,
        registration_date,

        ---------- audit
        source_file,
        source_line,
        load_id
    from lowered
)

select * from final
