with

source as (

    select * from {{ source('active', 'agent_states') }}

),

chosen as (

    select
        -- ids
        agent_state_id,
        agent_id,
        media_routing_domain_id,

        -- words
        state,
        reason,

        -- numbers
        misses_in_row,
        change_no,

        -- instants
        since_at
    from source

)

select * from chosen
