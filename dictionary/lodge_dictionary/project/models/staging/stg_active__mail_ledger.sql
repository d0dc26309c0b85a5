with

source as (

    select * from {{ source('active', 'mail_ledger') }}

),

chosen as (

    select
        -- ids
        mail_ledger_id,
        alias_id,
        department_id,
        activity_id,
        quarantine_id,

        -- words
        folder,
        uid_validity,
        uid,
        raw_sha256,
        outcome,
        reason,
        server_action,

        -- numbers
        size_bytes,
        change_no,

        -- instants
        seen_at,
        received_at,
        decided_at,
        server_action_at
    from source

)

select * from chosen
