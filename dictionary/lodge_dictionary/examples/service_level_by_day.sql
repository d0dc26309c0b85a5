-- What was the service level of each queue on each day (UTC)?
select
    queue,
    cast(interval_start_at as date) as start_date,
    sum(answered) as answered,
    sum(answered_within_threshold) / nullif(sum(answered), 0) as service_level
from queue_intervals
group by queue, start_date
order by start_date, queue
