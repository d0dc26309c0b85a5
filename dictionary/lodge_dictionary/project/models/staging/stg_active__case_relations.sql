with

source as (

    select * from {{ source('active', 'case_relations') }}

),

chosen as (

    select
        -- ids
        case_relation_id,
        case_id,
        related_case_id,

        -- numbers
        change_no,

        -- instants
        related_at,
        ended_at
    from source

)

select * from chosen
