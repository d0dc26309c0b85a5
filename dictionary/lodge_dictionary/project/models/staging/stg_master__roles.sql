with

source as (

    select * from {{ source('master', 'roles') }}

),

chosen as (

    select
        -- ids
        role_id,

        -- words
        name,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
