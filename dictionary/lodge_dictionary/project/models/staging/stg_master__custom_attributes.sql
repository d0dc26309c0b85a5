with

source as (

    select * from {{ source('master', 'custom_attributes') }}

),

chosen as (

    select
        -- ids
        custom_attribute_id,

        -- words
        object_type,
        name,
        label,
        attribute_type,
        choices,
        sensitivity,

        -- numbers
        version_no,
        change_no,

        -- booleans
        is_required,
        is_active
    from source

)

select * from chosen
