{{ config(unique_key='handling_id') }}

with

steps as (

    select * from {{ ref('int_activity_steps') }}

),

entries as (

    select * from steps where type_code = 'activity_queued'

),

-- only what an agent took: bots and rules are not agents
taken as (

    select * from steps
    where type_code in ('offer_accepted', 'activity_assigned') and actor_kind = 'agent'

)

select
    taken.event_id as handling_id,
    taken.activity_id,
    coalesce(entries.queue_id, taken.queue_id) as queue_id,
    taken.department_id,
    taken.agent_id,
    {{ seconds_between('taken.occurred_at', 'taken.next_at') }} as handle_seconds,
    taken.occurred_at as started_at,
    taken.next_at as ended_at
from taken
left join entries
    on taken.activity_id = entries.activity_id and taken.entry_no = entries.entry_no
