with

by_queue as (

    select
        queue_id,
        sum(queued) as queued,
        sum(answered) as answered,
        sum(answered_within_threshold) as answered_within_threshold,
        sum(abandoned) as abandoned,
        sum(moved) as moved,
        sum(handled) as handled,
        sum(average_wait_seconds * answered) as wait_seconds,
        sum(average_handle_seconds * handled) as handle_seconds,
        arg_max(closing, interval_start_at) as closing
    from queue_intervals
    where
        list_contains($department_ids, department_id)
        and list_contains($queue_ids, queue_id)
        and interval_start_at >= $from_at
        and interval_start_at < $to_at
    group by queue_id

)

select
    departments.name as department,
    queues.name as queue,
    queues.service_level_seconds,
    by_queue.wait_seconds / nullif(by_queue.answered, 0) as average_wait_seconds,
    by_queue.handle_seconds / nullif(by_queue.handled, 0) as average_handle_seconds,
    by_queue.answered_within_threshold / nullif(by_queue.answered, 0) as service_level,
    cast(coalesce(by_queue.answered, 0) as bigint) as answered,
    cast(coalesce(by_queue.answered_within_threshold, 0) as bigint) as answered_within_threshold,
    cast(coalesce(by_queue.queued, 0) as bigint) as queued,
    cast(coalesce(by_queue.abandoned, 0) as bigint) as abandoned,
    cast(coalesce(by_queue.moved, 0) as bigint) as moved,
    cast(coalesce(by_queue.handled, 0) as bigint) as handled,
    cast(coalesce(by_queue.closing, 0) as bigint) as closing
from lake.master.queues
inner join lake.master.departments on queues.department_id = departments.department_id
left join by_queue on queues.queue_id = by_queue.queue_id
where
    list_contains($department_ids, queues.department_id)
    and list_contains($queue_ids, queues.queue_id)
order by department, queue
