with

source as (

    select * from {{ source('active', 'cases') }}

),

chosen as (

    select
        -- ids
        case_id,
        department_id,
        customer_id,
        merged_into_case_id,
        owner_id,

        -- words
        subject,
        status,
        severity,
        description,
        solution,
        attributes,

        -- numbers
        reopened_count,
        change_no,

        -- instants
        opened_at,
        closed_at,
        due_at,
        deleted_at
    from source

)

select * from chosen
