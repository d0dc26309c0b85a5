with

source as (

    select * from {{ source('active', 'link_calls') }}

),

chosen as (

    select
        -- ids
        link_call_id,
        user_id,
        api_key_id,
        department_id,
        activity_id,

        -- words
        link,
        version,
        caller_kind,
        outcome,
        detail,

        -- numbers
        duration_seconds,
        row_count,
        byte_count,
        discarded_count,
        change_no,

        -- instants
        called_at
    from source

)

select * from chosen
