{{ config(unique_key='queue_entry_id') }}

with

steps as (

    select * from {{ ref('int_activity_steps') }}
    where type_code = 'activity_queued' and queue_id is not null

),

service_levels as (

    select * from {{ ref('int_queue_service_levels') }}

),

entries as (

    select
        event_id as queue_entry_id,
        activity_id,
        queue_id,
        department_id,
        entry_no,
        case
            when next_type_code is null then 'waiting'
            when next_type_code = 'activity_completed' then 'abandoned'
            when
                next_type_code in ('offer_accepted', 'activity_assigned')
                and next_actor_kind = 'agent'
                then 'answered'
            else 'moved'
        end as outcome,
        next_agent_id,
        occurred_at as entered_at,
        next_at as left_at
    from steps

)

select
    entries.queue_entry_id,
    entries.activity_id,
    entries.queue_id,
    entries.department_id,
    case when entries.outcome = 'answered' then entries.next_agent_id end as agent_id,
    entries.outcome,
    entries.entry_no,
    service_levels.service_level_seconds,
    {{ seconds_between('entries.entered_at', 'entries.left_at') }} as wait_seconds,
    case
        when entries.outcome = 'answered'
            then
                {{ seconds_between('entries.entered_at', 'entries.left_at') }}
                <= service_levels.service_level_seconds
    end as is_within_threshold,
    entries.entered_at,
    entries.left_at
from entries
left join service_levels
    on
        entries.queue_id = service_levels.queue_id
        and entries.entered_at >= service_levels.valid_from_at
        and entries.entered_at < service_levels.valid_to_at
