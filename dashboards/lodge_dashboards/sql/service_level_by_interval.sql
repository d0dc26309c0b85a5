with

in_zone as (

    select
        *,
        timezone($zone, timezone('UTC', interval_start_at)) as local_start_at
    from queue_intervals
    where
        list_contains($department_ids, department_id)
        and list_contains($queue_ids, queue_id)
        and interval_start_at >= $from_at
        and interval_start_at < $to_at

),

-- hours and days begin as the clock in the zone says; the key stays an instant in UTC, so that
-- the hour that comes twice when summer ends is two
placed as (

    select
        *,
        case $interval
            when '15 minutes' then interval_start_at
            when 'hour' then interval_start_at - to_minutes(minute(local_start_at))
            when 'day' then timezone('UTC', timezone($zone, date_trunc('day', local_start_at)))
        end as start_at
    from in_zone

),

by_queue as (

    select
        start_at,
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
    from placed
    group by start_at, queue_id

)

select
    start_at,
    sum(answered_within_threshold) / nullif(sum(answered), 0) as service_level,
    cast(sum(queued) as bigint) as queued,
    cast(sum(answered) as bigint) as answered,
    cast(sum(answered_within_threshold) as bigint) as answered_within_threshold,
    cast(sum(abandoned) as bigint) as abandoned,
    cast(sum(moved) as bigint) as moved,
    cast(sum(closing) as bigint) as closing,
    sum(wait_seconds) / nullif(sum(answered), 0) as average_wait_seconds,
    cast(sum(handled) as bigint) as handled,
    sum(handle_seconds) / nullif(sum(handled), 0) as average_handle_seconds,
    max(last_start_at) + interval 15 minutes as end_at
from by_queue
group by start_at
order by start_at
