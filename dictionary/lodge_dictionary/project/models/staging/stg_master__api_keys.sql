with

source as (

    select * from {{ source('master', 'api_keys') }}

),

chosen as (

    select
        -- ids
        api_key_id,
        user_id,

        -- words
        name,
        start,
        actions,
        department_ids,

        -- numbers
        version_no,
        change_no,

        -- instants
        created_at,
        expires_at,
        revoked_at
    from source

)

select * from chosen
