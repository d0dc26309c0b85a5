{{ config(unique_key=['queue_id', 'interval_start_at']) }}

with

entries as (

    select * from {{ ref('int_queue_entries') }}

),

handlings as (

    select * from {{ ref('int_handlings') }} where ended_at is not null

),

horizon as (

    select max(landed_at) as landed_at
    from {{ source('landing_control', 'loads') }}
    where store = 'active'

),

queues as (

    select * from {{ ref('stg_master__queues') }}

),

departments as (

    select * from {{ ref('stg_master__departments') }}

),

-- from the interval of a queue's first entry to the one in which the landed state was taken
spans as (

    select
        entries.queue_id,
        {{ interval_start('min(entries.entered_at)') }} as first_start_at,
        {{ interval_start('greatest(max(entries.entered_at), max(entries.left_at), max(horizon.landed_at))') }}
            as last_start_at
    from entries
    cross join horizon
    group by entries.queue_id

),

intervals as (

    select
        queue_id,
        {{ each_interval('first_start_at', 'last_start_at') }} as interval_start_at
    from spans

),

came_in as (

    select
        queue_id,
        {{ interval_start('entered_at') }} as interval_start_at,
        count(*) as queued
    from entries
    group by 1, 2

),

went_out as (

    select
        queue_id,
        {{ interval_start('left_at') }} as interval_start_at,
        sum(case when outcome = 'answered' then 1 else 0 end) as answered,
        sum(case when is_within_threshold then 1 else 0 end) as answered_within_threshold,
        sum(case when outcome = 'abandoned' then 1 else 0 end) as abandoned,
        sum(case when outcome = 'moved' then 1 else 0 end) as moved,
        sum(case when outcome = 'answered' then wait_seconds else 0 end) as wait_seconds
    from entries
    where left_at is not null
    group by 1, 2

),

handled as (

    select
        queue_id,
        {{ interval_start('ended_at') }} as interval_start_at,
        count(*) as handled,
        sum(handle_seconds) as handle_seconds
    from handlings
    group by 1, 2

),

counted as (

    select
        intervals.queue_id,
        intervals.interval_start_at,
        coalesce(came_in.queued, 0) as queued,
        coalesce(went_out.answered, 0) as answered,
        coalesce(went_out.answered_within_threshold, 0) as answered_within_threshold,
        coalesce(went_out.abandoned, 0) as abandoned,
        coalesce(went_out.moved, 0) as moved,
        coalesce(went_out.wait_seconds, 0) as wait_seconds,
        coalesce(handled.handled, 0) as handled,
        coalesce(handled.handle_seconds, 0) as handle_seconds
    from intervals
    left join came_in
        on
            intervals.queue_id = came_in.queue_id
            and intervals.interval_start_at = came_in.interval_start_at
    left join went_out
        on
            intervals.queue_id = went_out.queue_id
            and intervals.interval_start_at = went_out.interval_start_at
    left join handled
        on
            intervals.queue_id = handled.queue_id
            and intervals.interval_start_at = handled.interval_start_at

),

balanced as (

    select
        *,
        sum(queued - answered - abandoned - moved) over (
            partition by queue_id order by interval_start_at
            rows between unbounded preceding and current row
        ) as closing
    from counted

)

select
    -- ids
    balanced.queue_id,
    queues.department_id,

    -- words
    queues.name as queue,
    departments.name as department,

    -- numbers
    cast(
        balanced.closing - balanced.queued + balanced.answered + balanced.abandoned + balanced.moved
        as bigint
    ) as opening,
    cast(balanced.queued as bigint) as queued,
    cast(balanced.answered as bigint) as answered,
    cast(balanced.answered_within_threshold as bigint) as answered_within_threshold,
    cast(balanced.abandoned as bigint) as abandoned,
    cast(balanced.moved as bigint) as moved,
    cast(balanced.closing as bigint) as closing,
    cast(balanced.handled as bigint) as handled,
    case
        when balanced.answered > 0
            then
                cast(balanced.answered_within_threshold as double precision)
                / cast(balanced.answered as double precision)
    end as service_level,
    case
        when balanced.answered > 0
            then cast(balanced.wait_seconds as double precision) / balanced.answered
    end as average_wait_seconds,
    case
        when balanced.handled > 0
            then cast(balanced.handle_seconds as double precision) / balanced.handled
    end as average_handle_seconds,

    -- instants
    balanced.interval_start_at
from balanced
left join queues on balanced.queue_id = queues.queue_id
left join departments on queues.department_id = departments.department_id
