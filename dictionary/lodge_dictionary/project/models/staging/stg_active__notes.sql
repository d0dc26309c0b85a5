with

source as (

    select * from {{ source('active', 'notes') }}

),

chosen as (

    select
        -- ids
        note_id,
        department_id,
        case_id,
        activity_id,
        customer_id,
        author_id,

        -- words
        text,

        -- numbers
        change_no,

        -- instants
        written_at,
        edited_at,
        deleted_at
    from source

)

select * from chosen
