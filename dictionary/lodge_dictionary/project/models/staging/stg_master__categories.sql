with

source as (

    select * from {{ source('master', 'categories') }}

),

chosen as (

    select
        -- ids
        category_id,
        department_id,
        parent_category_id,

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
