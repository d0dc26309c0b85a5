{{ config(unique_key=['object_type', 'object_id', 'name']) }}

with

declared as (

    select * from {{ ref('stg_master__custom_attributes') }}

),

objects as (

    select
        'activity' as object_type,
        activity_id as object_id,
        department_id,
        attributes
    from {{ ref('stg_active__activities') }}
    where deleted_at is null and attributes <> '{}'
    union all
    select
        'case' as object_type,
        case_id as object_id,
        department_id,
        attributes
    from {{ ref('stg_active__cases') }}
    where deleted_at is null and attributes <> '{}'
    union all
    select
        'customer' as object_type,
        customer_id as object_id,
        department_id,
        attributes
    from {{ ref('stg_active__customers') }}
    where deleted_at is null and attributes <> '{}'

),

given as (

    select
        objects.object_type,
        objects.object_id,
        objects.department_id,
        declared.custom_attribute_id,
        declared.name,
        declared.attribute_type,
        declared.sensitivity,
        {{ json_text_at('objects.attributes', 'declared.name') }} as text_value
    from objects
    inner join declared on objects.object_type = declared.object_type

)

select
    -- ids
    object_id,
    department_id,
    custom_attribute_id,

    -- words
    object_type,
    name,
    attribute_type,
    sensitivity,
    text_value,

    -- numbers
    case
        when attribute_type in ('integer', 'number')
            then {{ cast_or_null('text_value', 'double precision') }}
    end as number_value,

    -- booleans
    case
        when attribute_type = 'boolean' then {{ cast_or_null('text_value', 'boolean') }}
    end as boolean_value,

    -- instants
    case when attribute_type = 'date' then {{ cast_or_null('text_value', 'date') }} end as date_value,
    case
        when attribute_type = 'instant' then {{ instant_or_null('text_value') }}
    end as instant_value
from given
where text_value is not null
