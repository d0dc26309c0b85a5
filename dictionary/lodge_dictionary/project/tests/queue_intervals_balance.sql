-- Rows in which what came in and went out does not explain the backlog, or it is below zero.
with

followed as (

    select
        *,
        lag(closing) over (partition by queue_id order by interval_start_at) as closing_before
    from {{ ref('queue_intervals') }}

)

select * from followed
where
    opening + queued <> answered + abandoned + moved + closing
    or opening <> coalesce(closing_before, 0)
    or closing < 0
    or answered_within_threshold > answered
