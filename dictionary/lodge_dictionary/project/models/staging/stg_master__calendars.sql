with

source as (

    select * from {{ source('master', 'calendars') }}

),

chosen as (

    select
        -- ids
        calendar_id,
        department_id,

        -- words
        name,
        time_zone,
        hours,
        holidays,
        shifts,
        breaks,

        -- numbers
        version_no,
        change_no
    from source

)

select * from chosen
