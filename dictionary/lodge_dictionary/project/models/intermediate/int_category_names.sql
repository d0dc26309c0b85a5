{{ config(materialized='view') }}

with

versions as (

    select
        changed_row_id as category_id,
        configuration_version_id,
        {{ json_text('new_values', 'name') }} as name,
        valid_from_at
    from {{ ref('stg_master__configuration_versions') }}
    where table_name = 'categories'

),

ranked as (

    select
        *,
        row_number() over (
            partition by category_id order by valid_from_at, configuration_version_id
        ) as version_rank,
        lead(valid_from_at) over (
            partition by category_id order by valid_from_at, configuration_version_id
        ) as next_from_at
    from versions
    where name is not null

)

-- work older than a category's first version is named by that version
select
    category_id,
    name,
    case
        when version_rank = 1 then timestamp '1900-01-01 00:00:00' else valid_from_at
    end as valid_from_at,
    coalesce(next_from_at, timestamp '9999-12-31 00:00:00') as valid_to_at
from ranked
