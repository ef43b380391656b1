-- one row per customer, and one for customers that are not known
with customers as (
    select
        customer_id,
        email,
        gender,
        customer_type,
        city,
        state,
        country,
        birth_date,
        registration_date
    from ${silver}.customers
),

aged as (
    select
        customer_id,
        email,
        gender,
        customer_type,
        city,
        state,
        country,
        year(birth_date) as birth_year,
        -- a birthday on 29 February comes on 1 March in other years
        (year(date '${as_of}') - year(birth_date))
        - case
            when
                month(date '${as_of}') * 100 + day(date '${as_of}')
                < month(birth_date) * 100 + day(birth_date)
                then 1
            else 0
        end as age,
        birth_date <= date '${as_of}' as is_born,
        registration_date
    from customers
),

known as (
    select
        customer_id as customer_key,
        customer_id,
        gender,
        customer_type,
        city,
        state,
        country,
        case when email is not null then split_part(email, '@', 2) end
            as email_domain,
        case when is_born and age <= 120 then birth_year end as birth_year,
        case when is_born and age <= 120 then age end as age,
        registration_date
    from aged
),

all_customers as (
    select
        customer_key,
        customer_id,
        gender,
        customer_type,
        city,
        state,
        country,
        email_domain,
        birth_year,
        age,
        registration_date
    from known
    union all
    select
        'UNKNOWN' as customer_key,
        cast(null as varchar) as customer_id,
        'Unknown' as gender,
        'Unknown' as customer_type,
        cast(null as varchar) as city,
        'Unknown' as state,
        'Unknown' as country,
        cast(null as varchar) as email_domain,
        cast(null as bigint) as birth_year,
        cast(null as bigint) as age,
        cast(null as date) as registration_date
),

final as (
    select
        ---------- ids
        customer_key,
        customer_id,

        ---------- strings
        gender,
        case
            when age is null then 'Unknown'
            when age < 18 then 'Under 18'
            when age < 25 then '18-24'
            when age < 35 then '25-34'
            when age < 45 then '35-44'
            when age < 55 then '45-54'
            when age < 65 then '55-64'
            else '65+'
        end as age_band,
        customer_type,
        city,
        state,
        country,
        email_domain,

        ---------- numerics
        birth_year,
        age,
        date_diff('day', registration_date, date '${as_of}') as tenure_days,

        ---------- dates
        registration_date
    from all_customers
)

select * from final
