-- How many activities wait in each queue, and how old is the oldest?
select
    queue,
    count(*) as waiting,
    min(queued_at) as oldest_queued_at
from activities
where status in ('queued', 'offered')
group by queue
order by waiting desc
