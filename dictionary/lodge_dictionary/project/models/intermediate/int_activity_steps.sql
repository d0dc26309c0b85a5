{{ config(materialized='view') }}

with

events as (

    select * from {{ ref('stg_active__activity_events') }}
    where type_code in (
        'activity_queued', 'offer_accepted', 'activity_assigned', 'activity_completed'
    )

),

offers as (

    select * from {{ ref('stg_active__offers') }}

),

named as (

    select
        events.event_id,
        events.department_id,
        case
            when events.object_type = 'activity' then events.object_id
            else coalesce(events.activity_id, offers.activity_id)
        end as activity_id,
        coalesce(
            events.queue_id,
            offers.queue_id,
            cast({{ json_text('events.payload', 'queue_id') }} as bigint)
        ) as queue_id,
        coalesce(
            events.agent_id,
            offers.agent_id,
            cast({{ json_text('events.payload', 'agent_id') }} as bigint)
        ) as agent_id,
        events.type_code,
        events.actor_kind,
        events.occurred_at
    from events
    left join offers
        on events.object_type = 'offer' and events.object_id = offers.offer_id

),

in_order as (

    select
        *,
        sum(case when type_code = 'activity_queued' then 1 else 0 end) over (
            partition by activity_id order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as entry_no,
        lead(agent_id) over (partition by activity_id order by occurred_at, event_id) as next_agent_id,
        lead(type_code) over (partition by activity_id order by occurred_at, event_id) as next_type_code,
        lead(actor_kind) over (partition by activity_id order by occurred_at, event_id) as next_actor_kind,
        lead(occurred_at) over (partition by activity_id order by occurred_at, event_id) as next_at
    from named

)

select
    event_id,
    activity_id,
    department_id,
    queue_id,
    agent_id,
    next_agent_id,
    type_code,
    actor_kind,
    next_type_code,
    next_actor_kind,
    cast(entry_no as bigint) as entry_no,
    occurred_at,
    next_at
from in_order
