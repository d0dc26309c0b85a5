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
        article_id,
        added_by_user_id,
        content_id,

        -- words
        filename,
        content_type,
        sha256,

        -- numbers
        size_bytes,
        change_no,

        -- booleans
        is_inline,

        -- instants
        added_at,
        deleted_at
    from source

)

select * from chosen
