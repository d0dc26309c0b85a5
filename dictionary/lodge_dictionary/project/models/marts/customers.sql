{{ config(unique_key='customer_id') }}

with

customers as (

    select * from {{ ref('stg_active__customers') }}

)

select
    -- ids
    customer_id,
    department_id,
    parent_customer_id,
    merged_into_customer_id,

    -- words
    kind,
    case when deleted_at is null then name end as name,

    -- booleans
    deleted_at is not null as is_deleted,

    -- instants
    created_at
from customers
