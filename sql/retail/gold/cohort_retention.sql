-- one row per cohort of customers and month since their first sale, to as_of
with sales as (
    select
        invoice_no,
        customer_id,
        total_price,
        invoice_month
    from ${silver}.sales
    where customer_id is not null and invoice_date <= date '${as_of}'
),

customers as (
    select
        customer_id,
        min(invoice_month) as cohort_month
    from sales
    group by customer_id
),

cohorts as (
    select
        cohort_month,
        count(*) as cohort_size,
        (year(date '${as_of}') * 12 + month(date '${as_of}'))
        - (year(cohort_month) * 12 + month(cohort_month)) as last_month_number
    from customers
    group by cohort_month
),

cohort_months as (
    select
        cohorts.cohort_month,
        cohorts.cohort_size,
        months.month_number,
        date_add('month', months.month_number, cohorts.cohort_month)
            as activity_month
    from cohorts
    cross join unnest(sequence(0, cohorts.last_month_number))
        as months (month_number)
),

activity as (
    select
        customers.cohort_month,
        sales.invoice_month as activity_month,
        count(distinct sales.customer_id) as active_customers,
        count(distinct sales.invoice_no) as order_count,
        sum(sales.total_price) as revenue
    from sales
    inner join customers
        on sales.customer_id = customers.customer_id
    group by customers.cohort_month, sales.invoice_month
),

cohort_activity as (
    select
        cohort_months.cohort_month,
        cohort_months.activity_month,
        cohort_months.month_number,
        cohort_months.cohort_size,
        coalesce(activity.active_customers, 0) as active_customers,
        coalesce(activity.order_count, 0) as order_count,
        cast(coalesce(activity.revenue, 0) as decimal(18, 4)) as revenue
    from cohort_months
    left join activity
        on
            cohort_months.cohort_month = activity.cohort_month
            and cohort_months.activity_month = activity.activity_month
),

cumulated as (
    select
        cohort_month,
        activity_month,
        month_number,
        cohort_size,
        active_customers,
        order_count,
        revenue,
        sum(revenue) over (
            partition by cohort_month
            order by month_number
            rows between unbounded preceding and current row
        ) as cumulative_revenue
    from cohort_activity
),

final as (
    select
        ---------- numerics
        month_number,
        cohort_size,
        active_customers,
        cast(
            cast(active_customers as decimal(38, 6))
            / nullif(cast(cohort_size as decimal(38, 0)), 0)
            as decimal(18, 6)
        ) as retention_rate,
        order_count,
        revenue,
        cast(
            cast(cumulative_revenue as decimal(38, 4))
            / nullif(cast(cohort_size as decimal(38, 0)), 0)
            as decimal(18, 4)
        ) as cumulative_revenue_per_customer,

        ---------- dates
        cohort_month,
        activity_month
    from cumulated
)

select * from final
