{{ config(unique_key=['activity_id', 'category_id']) }}

with

activities as (

    select * from {{ ref('stg_active__activities') }}
    where deleted_at is null and category_ids <> '[]'

),

given as (

    select distinct
        activity_id,
        department_id,
        queue_id,
        created_at,
        {{ each_number('category_ids') }} as category_id
    from activities

),

events as (

    select
        object_id as activity_id,
        max(occurred_at) as classified_at
    from {{ ref('stg_active__activity_events') }}
    where type_code = 'activity_classified'
    group by object_id

),

versions as (

    select * from {{ ref('int_category_names') }}

),

categories as (

    select * from {{ ref('stg_master__categories') }}

),

dated as (

    select
        given.*,
        coalesce(events.classified_at, given.created_at) as classified_at
    from given
    left join events on given.activity_id = events.activity_id

)

select
    -- ids
    dated.activity_id,
    dated.category_id,
    dated.department_id,
    dated.queue_id,
    categories.parent_category_id,

    -- words
    coalesce(versions.name, categories.name) as category,

    -- instants
    dated.classified_at
from dated
left join categories on dated.category_id = categories.category_id
left join versions
    on
        dated.category_id = versions.category_id
        and dated.classified_at >= versions.valid_from_at
        and dated.classified_at < versions.valid_to_at
