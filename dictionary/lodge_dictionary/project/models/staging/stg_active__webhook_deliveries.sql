with

source as (

    select * from {{ source('active', 'webhook_deliveries') }}

),

chosen as (

    select
        -- ids
        webhook_delivery_id,
        webhook_id,
        department_id,
        event_id,

        -- words
        ordering_key,
        payload,
        status,
        claimed_by,
        last_answer,

        -- numbers
        feed_no,
        replay_no,
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
