with

source as (

    select * from {{ source('active', 'customers') }}

),

chosen as (

    select
        -- ids
        customer_id,
        department_id,
        parent_customer_id,
        merged_into_customer_id,

        -- words
        kind,
        name,
        attributes,

        -- numbers
        change_no,

        -- instants
        created_at,
        deleted_at
    from source

)

select * from chosen
