with

source as (

    select * from {{ source('master', 'webhooks') }}

),

chosen as (

    select
        -- ids
        webhook_id,
        user_id,
        department_id,

        -- words
        name,
        url,
        event_types,

        -- numbers
        version_no,
        change_no,

        -- booleans
        is_active
    from source

)

select * from chosen
