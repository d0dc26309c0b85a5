with

source as (

    select * from {{ source('active', 'emails') }}

),

chosen as (

    select
        -- ids
        email_id,
        activity_id,
        department_id,
        alias_id,
        in_reply_to_email_id,

        -- words
        message_id,
        direction,
        subject,
        from_address,
        from_name,
        text_body,
        html_body,
        reply_text,
        automatic_kind,
        automatic_evidence,
        problems,
        raw_sha256,
        threading_rule,
        threading_message_id,

        -- numbers
        parser_version,
        size_bytes,
        change_no,

        -- instants
        sent_at,
        received_at,
        stored_at
    from source

)

select * from chosen
