with

source as (

    select * from {{ source('active', 'email_references') }}

),

chosen as (

    select
        -- ids
        email_reference_id,
        email_id,

        -- words
        message_id,
        field,

        -- numbers
        position,
        change_no
    from source

)

select * from chosen
