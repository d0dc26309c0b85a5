{{ config(unique_key='link_call_id') }}

with

calls as (

    select * from {{ ref('stg_active__link_calls') }}

),

links as (

    select * from {{ ref('stg_active__data_links') }}

),

departments as (

    select * from {{ ref('stg_master__departments') }}

)

select
    -- ids
    calls.link_call_id,
    calls.department_id,
    calls.activity_id,
    calls.user_id,
    calls.api_key_id,

    -- words
    calls.link,
    links.title,
    links.kind,
    calls.version,
    calls.caller_kind,
    departments.name as department,
    calls.outcome,
    calls.detail,

    -- numbers
    calls.duration_seconds,
    calls.row_count,
    calls.byte_count,
    calls.discarded_count,

    -- booleans
    calls.outcome in ('answered', 'cached', 'stale') as is_answered,
    calls.outcome in ('down', 'slow', 'broken', 'too_large', 'left_alone', 'stale') as is_error,

    -- instants
    calls.called_at
from calls
left join links on calls.link = links.link
left join departments on calls.department_id = departments.department_id
