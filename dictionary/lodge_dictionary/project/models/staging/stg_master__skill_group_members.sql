with

source as (

    select * from {{ source('master', 'skill_group_members') }}

),

chosen as (

    select
        -- ids
        skill_group_member_id,
        skill_group_id,
        user_id,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
