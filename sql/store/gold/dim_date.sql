-- one row per day of the years from the first order line to as_of
with first_days as (
    select min(order_date) as first_date
    from ${silver}.order_lines
    where order_date <= date '${as_of}'
),

years as (
    select
        date_add('year', years.year_number - 1900, date '1900-01-01')
            as first_of_year
    from first_days
    cross join
        unnest(sequence(year(first_days.first_date), year(date '${as_of}')))
            as years (year_number)
),

-- year by year: a sequence holds 10,000 entries at most, 27 years of days
days as (
    select
        years.first_of_year,
        date_add('day', numbers.day_number, years.first_of_year)
            as calendar_date
    from years
    cross join unnest(sequence(0, 365)) as numbers (day_number)
),

final as (
    select
        ---------- ids
        year(calendar_date) * 10000
        + month(calendar_date) * 100
        + day(calendar_date) as date_key,

        ---------- strings
        date_format(calendar_date, '%M') as month_name,
        date_format(calendar_date, '%W') as day_name,

        ---------- numerics
        year(calendar_date) as year,
        quarter(calendar_date) as quarter,
        month(calendar_date) as month,
        day(calendar_date) as day,
        day_of_week(calendar_date) as day_of_week,
        year_of_week(calendar_date) as iso_year,
        week(calendar_date) as iso_week,

        ---------- booleans
        day_of_week(calendar_date) >= 6 as is_weekend,

        ---------- dates
        calendar_date as date,
        date_trunc('month', calendar_date) as month_start
    from days
    -- day 366 of a common year is the next year's first
    where year(calendar_date) = year(first_of_year)
)

select * from final
