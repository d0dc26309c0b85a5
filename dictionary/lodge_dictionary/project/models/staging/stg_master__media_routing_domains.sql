with

source as (

    select * from {{ source('master', 'media_routing_domains') }}

),

chosen as (

    select
        -- ids
        media_routing_domain_id,

        -- words
        name,
        media,

        -- numbers
        task_limit,
        offer_seconds,
        misses_allowed,
        version_no,
        change_no,

        -- booleans
        is_interruptible
    from source

)

select * from chosen
