with

source as (

    select * from {{ source('master', 'configuration_versions') }}

),

chosen as (

    select
        -- ids
        configuration_version_id,
        changed_row_id,

        -- words
        table_name,
        action,
        old_values,
        new_values,
        changed_by,

        -- numbers
        version_no,
        change_no,

        -- instants
        changed_at,
        valid_from_at
    from source

)

select * from chosen
