with

source as (

    select * from {{ source('master', 'users') }}

),

chosen as (

    select
        -- ids
        user_id,
        department_id,

        -- words
        sign_in_name,
        display_name,
        email_address,

        -- numbers
        version_no,
        change_no,

        -- booleans
        is_active
    from source

)

select * from chosen
