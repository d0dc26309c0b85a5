-- How long did customers wait for the first answer, by queue? The median, the 90th percentile.
select
    queue,
    count(*) as answered,
    median(epoch(first_response_at) - epoch(created_at)) as median_seconds,
    quantile_cont(epoch(first_response_at) - epoch(created_at), 0.9) as p90_seconds
from activities
where first_response_at is not null and mode = 'inbound'
group by queue
order by queue
