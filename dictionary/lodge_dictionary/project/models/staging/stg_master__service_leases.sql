with

source as (

    select * from {{ source('master', 'service_leases') }}

),

chosen as (

    select
        -- ids
        service_instance_id,

        -- words
        holder,
        last_error,

        -- numbers
        fencing_token,
        failures_in_row,
        change_no,

        -- instants
        expires_at,
        heartbeat_at,
        started_at,
        last_success_at,
        last_error_at
    from source

)

select * from chosen
