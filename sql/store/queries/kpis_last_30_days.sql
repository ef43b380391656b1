-- How did the last 30 days go beside the 30 before?
select
    recent.kpi_name,
    recent.unit,
    recent.kpi_value,
    recent.previous_value,
    recent.change_pct,
    overall.kpi_value as all_time_value,
    recent.period_start,
    recent.period_end
from ${gold}.executive_kpis as recent
inner join ${gold}.executive_kpis as overall
    on
        recent.kpi_name = overall.kpi_name
        and overall.period = 'all_time'
where recent.period = 'last_30_days'
order by recent.kpi_name asc
