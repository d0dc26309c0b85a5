with

source as (

    select * from {{ source('active', 'webhook_attempts') }}

),

chosen as (

    select
        -- ids
        webhook_attempt_id,
        webhook_delivery_id,

        -- words
        outcome,
        answer,

        -- numbers
        attempt_no,
        change_no,

        -- instants
        started_at,
        finished_at
    from source

)

select * from chosen
