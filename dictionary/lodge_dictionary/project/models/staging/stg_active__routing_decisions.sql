with

source as (

    select * from {{ source('active', 'routing_decisions') }}

),

chosen as (

    select
        -- ids
        routing_decision_id,
        configuration_version_id,

        -- words
        snapshot,
        decisions,

        -- numbers
        fencing_token,
        change_no,

        -- instants
        decided_at
    from source

)

select * from chosen
