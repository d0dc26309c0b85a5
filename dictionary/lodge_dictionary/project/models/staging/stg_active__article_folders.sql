with

source as (

    select * from {{ source('active', 'article_folders') }}

),

chosen as (

    select
        -- ids
        article_folder_id,
        department_id,
        parent_folder_id,

        -- words
        name,

        -- numbers
        change_no,

        -- instants
        created_at,
        deleted_at
    from source

)

select * from chosen
