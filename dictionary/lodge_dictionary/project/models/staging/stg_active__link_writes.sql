with

source as (

    select * from {{ source('active', 'link_writes') }}

),

chosen as (

    select
        -- ids
        link_write_id,
        user_id,
        api_key_id,
        department_id,
        activity_id,

        -- words
        link,
        idempotency_key,
        payload,
        status,
        claimed_by,
        last_answer,

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
