with

source as (

    select * from {{ source('master', 'queues') }}

),

chosen as (

    select
        -- ids
        queue_id,
        department_id,
        media_routing_domain_id,
        skill_group_id,

        -- words
        name,

        -- numbers
        priority,
        service_level_seconds,
        version_no,
        change_no,

        -- booleans
        is_exception,
        is_active
    from source

)

select * from chosen
