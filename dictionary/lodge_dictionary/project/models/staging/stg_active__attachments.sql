with

source as (

    select * from {{ source('active', 'attachments') }}

),

chosen as (

    select
        -- ids
        attachment_id,
        email_id,
        activity_id,

        -- words
        filename,
        content_type,
        content_id,
        sha256,

        -- numbers
        size_bytes,
        change_no,

        -- booleans
        is_inline
    from source

)

select * from chosen
