with

source as (

    select * from {{ source('master', 'departments') }}

),

chosen as (

    select
        -- ids
        department_id,

        -- words
        name,

        -- numbers
        version_no,
        change_no,

        -- booleans
        is_active
    from source

)

select * from chosen
