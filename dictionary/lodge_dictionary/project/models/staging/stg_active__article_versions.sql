with

source as (

    select * from {{ source('active', 'article_versions') }}

),

chosen as (

    select
        -- ids
        article_version_id,
        article_id,
        author_id,

        -- words
        title,
        html,
        text,

        -- numbers
        article_version_no,
        change_no,

        -- instants
        written_at
    from source

)

select * from chosen
