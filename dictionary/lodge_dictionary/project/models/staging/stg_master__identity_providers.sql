with

source as (

    select * from {{ source('master', 'identity_providers') }}

),

chosen as (

    select
        -- ids
        identity_provider_id,
        client_id,

        -- words
        name,
        display_name,
        issuer,
        client_secret_name,

        -- numbers
        version_no,
        change_no,

        -- booleans
        is_active
    from source

)

select * from chosen
