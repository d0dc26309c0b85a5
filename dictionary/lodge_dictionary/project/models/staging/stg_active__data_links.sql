with

source as (

    select * from {{ source('active', 'data_links') }}

),

chosen as (

    select
        -- words
        link,
        title,
        kind,
        version,
        fault,
        failure,
        breach,
        load_failure,

        -- numbers
        change_no,

        -- booleans
        is_active,

        -- instants
        read_at,
        failing_since,
        breached_at,
        load_failing_since
    from source

)

select * from chosen
