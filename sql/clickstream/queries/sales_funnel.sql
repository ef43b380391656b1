-- Where do visits end between viewing and buying?
select
    stage_no,
    stage,
    sum(sessions_reached) as sessions_reached,
    sum(sessions_observed) as sessions_observed,
    sum(drop_off) as drop_off
from ${gold}.conversion_funnel
group by stage_no, stage
order by stage_no
