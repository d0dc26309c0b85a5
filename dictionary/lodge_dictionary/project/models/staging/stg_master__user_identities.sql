with

source as (

    select * from {{ source('master', 'user_identities') }}

),

chosen as (

    select
        -- ids
        user_identity_id,
        user_id,
        identity_provider_id,

        -- words
        subject,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
