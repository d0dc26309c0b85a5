with

source as (

    select * from {{ source('active', 'customers') }}

),

chosen as (

    select
        -- ids
        customer_id,

        -- words
        kind,
        name,

        -- numbers
        change_no,

        -- instants
        created_at
    from source

)

select * from chosen
