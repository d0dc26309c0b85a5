with

source as (

    select * from {{ source('active', 'activities') }}

),

chosen as (

    select
        -- ids
        activity_id,
        case_id,
        department_id,
        customer_id,
        contact_point_id,
        alias_id,
        queue_id,
        agent_id,
        offer_id,

        -- words
        subject,
        media,
        mode,
        status,
        subtype,
        description,
        language,
        category_ids,
        resolution_code_ids,
        attributes,

        -- numbers
        priority,
        change_no,

        -- booleans
        is_pinned,

        -- instants
        created_at,
        queued_at,
        assigned_at,
        first_response_at,
        completed_at,
        due_at,
        deleted_at
    from source

)

select * from chosen
