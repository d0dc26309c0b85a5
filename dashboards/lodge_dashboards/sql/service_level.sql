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
        arg_max(closing, interval_start_at) as closing,
        max(interval_start_at) as last_start_at
    from queue_intervals
    where
        list_contains($department_ids, department_id)
        and list_contains($queue_ids, queue_id)
        and interval_start_at >= $from_at
        and interval_start_at < $to_at
    group by queue_id

)

select
    cast(sum(queued) as bigint) as queued,
    cast(sum(answered) as bigint) as answered,
    cast(sum(answered_within_threshold) as bigint) as answered_within_threshold,
    cast(sum(abandoned) as bigint) as abandoned,
    cast(sum(moved) as bigint) as moved,
    cast(sum(handled) as bigint) as handled,
    cast(sum(closing) as bigint) as closing,
    sum(answered_within_threshold) / nullif(sum(answered), 0) as service_level,
    sum(wait_seconds) / nullif(sum(answered), 0) as average_wait_seconds,
    sum(handle_seconds) / nullif(sum(handled), 0) as average_handle_seconds,
    max(last_start_at) + interval 15 minutes as end_at
from by_queue
having count(*) > 0
