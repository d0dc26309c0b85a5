with

source as (

    select * from {{ source('active', 'offers') }}

),

chosen as (

    select
        -- ids
        offer_id,
        activity_id,
        department_id,
        queue_id,
        agent_id,
        routing_decision_id,

        -- words
        outcome,

        -- numbers
        change_no,

        -- instants
        offered_at,
        expires_at,
        decided_at
    from source

)

select * from chosen
