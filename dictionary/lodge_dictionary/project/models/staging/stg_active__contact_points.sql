with

source as (

    select * from {{ source('active', 'contact_points') }}

),

chosen as (

    select
        -- ids
        contact_point_id,
        customer_id,

        -- words
        kind,
        address,
        address_key,

        -- numbers
        change_no,

        -- instants
        created_at
    from source

)

select * from chosen
