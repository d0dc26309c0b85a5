with

source as (

    select * from {{ source('active', 'delivery_attempts') }}

),

chosen as (

    select
        -- ids
        delivery_attempt_id,
        outbox_id,

        -- words
        outcome,
        reply,

        -- numbers
        attempt_no,
        change_no,

        -- instants
        started_at,
        finished_at
    from source

)

select * from chosen
