with

source as (

    select * from {{ source('master', 'skill_groups') }}

),

chosen as (

    select
        -- ids
        skill_group_id,
        department_id,

        -- words
        name,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
