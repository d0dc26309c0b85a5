with

source as (

    select * from {{ source('active', 'contact_persons') }}

),

chosen as (

    select
        -- ids
        contact_person_id,
        customer_id,

        -- words
        name,
        position,

        -- numbers
        change_no,

        -- instants
        created_at,
        deleted_at
    from source

)

select * from chosen
