{{ config(unique_key='email_id') }}

with

emails as (

    select * from {{ ref('stg_active__emails') }}

),

activities as (

    select * from {{ ref('stg_active__activities') }}

),

aliases as (

    select * from {{ ref('stg_master__aliases') }}

)

select
    -- ids
    emails.email_id,
    emails.activity_id,
    activities.case_id,
    emails.department_id,
    emails.alias_id,
    emails.in_reply_to_email_id,
    emails.message_id,

    -- words
    aliases.address as alias,
    emails.direction,
    case when activities.deleted_at is null then emails.subject end as subject,
    case when activities.deleted_at is null then emails.from_address end as from_address,
    emails.automatic_kind,
    emails.raw_sha256,

    -- numbers
    emails.size_bytes,

    -- instants
    emails.sent_at,
    emails.received_at,
    emails.stored_at
from emails
left join activities on emails.activity_id = activities.activity_id
left join aliases on emails.alias_id = aliases.alias_id
