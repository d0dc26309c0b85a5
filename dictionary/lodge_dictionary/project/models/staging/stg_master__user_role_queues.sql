with

source as (

    select * from {{ source('master', 'user_role_queues') }}

),

chosen as (

    select
        -- ids
        user_role_queue_id,
        user_role_id,
        queue_id,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
