with

source as (

    select * from {{ source('master', 'user_roles') }}

),

chosen as (

    select
        -- ids
        user_role_id,
        user_id,
        role_id,
        department_id,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
