with

source as (

    select * from {{ source('active', 'access_records') }}

),

chosen as (

    select
        -- ids
        access_record_id,
        user_id,
        api_key_id,
        object_id,

        -- words
        address,
        kind,
        object_type,
        detail,

        -- numbers
        row_count,
        change_no,

        -- instants
        read_at
    from source

)

select * from chosen
