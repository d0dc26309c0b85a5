{{ config(unique_key='case_id') }}

with

cases as (

    select * from {{ ref('stg_active__cases') }}

),

departments as (

    select * from {{ ref('stg_master__departments') }}

),

activities as (

    select * from {{ ref('stg_active__activities') }} where deleted_at is null

),

-- only what the case's own department works on: another's work is not its to count
counted as (

    select
        activities.case_id,
        count(*) as activities,
        sum(case when activities.status = 'completed' then 0 else 1 end) as open_activities
    from activities
    inner join cases
        on
            activities.case_id = cases.case_id
            and activities.department_id = cases.department_id
    group by activities.case_id

)

select
    -- ids
    cases.case_id,
    cases.department_id,
    cases.customer_id,
    cases.owner_id,
    cases.merged_into_case_id,

    -- words
    departments.name as department,
    cases.status,
    cases.severity,
    case when cases.deleted_at is null then cases.subject end as subject,

    -- numbers
    cases.reopened_count,
    cast(coalesce(counted.activities, 0) as bigint) as activity_count,
    cast(coalesce(counted.open_activities, 0) as bigint) as open_activity_count,

    -- booleans
    cases.deleted_at is not null as is_deleted,

    -- instants
    cases.opened_at,
    cases.closed_at,
    cases.due_at
from cases
left join departments on cases.department_id = departments.department_id
left join counted on cases.case_id = counted.case_id
