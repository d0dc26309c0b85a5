{{ config(unique_key='article_id') }}

with

articles as (

    select * from {{ ref('stg_active__articles') }}

),

folders as (

    select * from {{ ref('stg_active__article_folders') }}

),

departments as (

    select * from {{ ref('stg_master__departments') }}

)

select
    -- ids
    articles.article_id,
    articles.department_id,
    articles.article_folder_id,

    -- words
    departments.name as department,
    folders.name as folder,
    articles.status,
    articles.language,
    case when articles.deleted_at is null then articles.title end as title,

    -- numbers
    articles.newest_version_no,
    articles.published_version_no,

    -- booleans
    articles.deleted_at is not null as is_deleted,

    -- instants
    articles.created_at,
    articles.changed_at
from articles
left join folders on articles.article_folder_id = folders.article_folder_id
left join departments on articles.department_id = departments.department_id
