{{ config(unique_key='activity_id') }}

with

activities as (

    select * from {{ ref('stg_active__activities') }}

),

departments as (

    select * from {{ ref('stg_master__departments') }}

),

queues as (

    select * from {{ ref('stg_master__queues') }}

)

select
    -- ids
    activities.activity_id,
    activities.case_id,
    activities.department_id,
    activities.queue_id,
    activities.customer_id,
    case
        when activities.status in ('assigned', 'completed') then activities.agent_id
    end as agent_id,
    activities.alias_id,

    -- words
    departments.name as department,
    queues.name as queue,
    activities.media,
    activities.mode,
    activities.status,
    activities.subtype,
    activities.language,
    case when activities.deleted_at is null then activities.subject end as subject,

    -- numbers
    activities.priority,

    -- booleans
    activities.is_pinned,
    activities.deleted_at is not null as is_deleted,
    false as is_archived,

    -- instants
    activities.created_at,
    activities.queued_at,
    activities.assigned_at,
    activities.first_response_at,
    activities.completed_at,
    activities.due_at
from activities
left join departments on activities.department_id = departments.department_id
left join queues on activities.queue_id = queues.queue_id
