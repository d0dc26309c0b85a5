with

source as (

    select * from {{ source('master', 'role_actions') }}

),

chosen as (

    select
        -- ids
        role_action_id,
        role_id,

        -- words
        action,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
