with

source as (

    select * from {{ source('master', 'user_sessions') }}

),

chosen as (

    select
        -- ids
        user_session_id,
        user_id,

        -- words
        end_reason,
        method,

        -- numbers
        change_no,

        -- instants
        started_at,
        seen_at,
        expires_at,
        ended_at
    from source

)

select * from chosen
