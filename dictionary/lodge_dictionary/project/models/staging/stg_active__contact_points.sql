with

source as (

    select * from {{ source('active', 'contact_points') }}

),

chosen as (

    select
        -- ids
        contact_point_id,
        customer_id,
        contact_person_id,

        -- words
        kind,
        address,
        address_key,

        -- numbers
        change_no,

        -- instants
        created_at,
        deleted_at
    from source

)

select * from chosen
