with

source as (

    select * from {{ source('master', 'entry_points') }}

),

chosen as (

    select
        -- ids
        entry_point_id,
        department_id,
        queue_id,

        -- words
        name,
        media,
        allowed_origins,

        -- numbers
        version_no,
        change_no,

        -- booleans
        is_active
    from source

)

select * from chosen
