with

source as (

    select * from {{ source('master', 'workflows') }}

),

chosen as (

    select
        -- ids
        workflow_id,
        department_id,

        -- words
        name,
        kind,
        document,

        -- numbers
        position,
        version_no,
        change_no,

        -- booleans
        is_active
    from source

)

select * from chosen
