with

source as (

    select * from {{ source('active', 'email_recipients') }}

),

chosen as (

    select
        -- ids
        email_recipient_id,
        email_id,

        -- words
        field,
        address,
        name,

        -- numbers
        position,
        change_no
    from source

)

select * from chosen
