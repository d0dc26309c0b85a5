{{ config(materialized='view') }}

with

versions as (

    select
        changed_row_id as queue_id,
        configuration_version_id,
        cast({{ json_text('new_values', 'service_level_seconds') }} as bigint) as service_level_seconds,
        valid_from_at
    from {{ ref('stg_master__configuration_versions') }}
    where table_name = 'queues'

),

said as (

    select * from versions where service_level_seconds is not null

),

ranked as (

    select
        *,
        row_number() over (
            partition by queue_id order by valid_from_at, configuration_version_id
        ) as version_rank,
        lead(valid_from_at) over (
            partition by queue_id order by valid_from_at, configuration_version_id
        ) as next_from_at
    from said

),

-- work older than a queue's first version is judged by that version
with_past as (

    select
        queue_id,
        service_level_seconds,
        case
            when version_rank = 1 then timestamp '1900-01-01 00:00:00' else valid_from_at
        end as valid_from_at,
        coalesce(next_from_at, timestamp '9999-12-31 00:00:00') as valid_to_at
    from ranked

),

never_versioned as (

    select
        queue_id,
        service_level_seconds,
        timestamp '1900-01-01 00:00:00' as valid_from_at,
        timestamp '9999-12-31 00:00:00' as valid_to_at
    from {{ ref('stg_master__queues') }}
    where queue_id not in (select queue_id from said)

)

select * from with_past
union all
select * from never_versioned
