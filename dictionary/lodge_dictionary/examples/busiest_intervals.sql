-- In which 15 minutes did most work come in?
select
    interval_start_at,
    sum(queued) as queued,
    sum(answered) as answered,
    sum(closing) as backlog
from queue_intervals
group by interval_start_at
order by queued desc
limit 20
