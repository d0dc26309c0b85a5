with

source as (

    select * from {{ source('master', 'policies') }}

),

chosen as (

    select
        -- ids
        policy_id,
        department_id,
        calendar_id,

        -- words
        name,

        -- numbers
        first_response_seconds,
        resolution_seconds,
        version_no,
        change_no,

        -- booleans
        is_active
    from source

)

select * from chosen
