with

source as (

    select * from {{ source('active', 'outbox') }}

),

chosen as (

    select
        -- ids
        outbox_id,
        department_id,
        activity_id,
        object_id,

        -- words
        topic,
        payload,
        status,
        claimed_by,
        last_reply,

        -- numbers
        attempts,
        change_no,

        -- instants
        claimed_at,
        created_at,
        due_at,
        finished_at
    from source

)

select * from chosen
