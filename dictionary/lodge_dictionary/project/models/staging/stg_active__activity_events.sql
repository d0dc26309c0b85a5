with

source as (

    select * from {{ source('active', 'activity_events') }}

),

chosen as (

    select
        -- ids
        event_id,
        object_id,
        department_id,
        case_id,
        activity_id,
        queue_id,
        agent_id,
        actor_id,
        caused_by_event_id,
        configuration_version_id,

        -- words
        type_code,
        object_type,
        actor_kind,
        payload,

        -- numbers
        change_no,

        -- instants
        occurred_at,
        recorded_at,
        source_at
    from source

)

select * from chosen
