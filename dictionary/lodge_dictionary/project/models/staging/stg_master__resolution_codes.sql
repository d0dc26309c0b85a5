with

source as (

    select * from {{ source('master', 'resolution_codes') }}

),

chosen as (

    select
        -- ids
        resolution_code_id,
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
