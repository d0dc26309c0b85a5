with

source as (

    select * from {{ source('active', 'articles') }}

),

chosen as (

    select
        -- ids
        article_id,
        department_id,
        article_folder_id,

        -- words
        title,
        status,
        language,

        -- numbers
        newest_version_no,
        published_version_no,
        change_no,

        -- instants
        created_at,
        changed_at,
        deleted_at
    from source

)

select * from chosen
