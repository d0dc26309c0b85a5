with

source as (

    select * from {{ source('master', 'aliases') }}

),

chosen as (

    select
        -- ids
        alias_id,
        department_id,

        -- words
        address,
        display_name,
        source_kind,
        source_host,
        source_encryption,
        source_sign_in_name,
        source_secret_name,
        folders,
        after_stored,
        move_to_folder,
        smtp_host,
        smtp_encryption,
        smtp_sign_in_name,
        smtp_secret_name,

        -- numbers
        source_port,
        poll_seconds,
        smtp_port,
        version_no,
        change_no,

        -- booleans
        is_active,
        is_certificate_checked
    from source

)

select * from chosen
