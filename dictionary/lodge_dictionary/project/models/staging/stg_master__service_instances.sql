with

source as (

    select * from {{ source('master', 'service_instances') }}

),

chosen as (

    select
        -- ids
        service_instance_id,

        -- words
        name,
        process_name,
        host_name,
        desired_state,

        -- numbers
        version_no,
        change_no,

        -- booleans
        is_automatic
    from source

)

select * from chosen
