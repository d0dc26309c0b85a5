with

source as (

    select * from {{ source('active', 'quarantine') }}

),

chosen as (

    select
        -- ids
        quarantine_id,
        department_id,
        alias_id,
        activity_id,

        -- words
        stage,
        reason_code,
        detail,
        raw_sha256,
        status,

        -- numbers
        size_bytes,
        attempts,
        change_no,

        -- instants
        quarantined_at,
        retried_at
    from source

)

select * from chosen
