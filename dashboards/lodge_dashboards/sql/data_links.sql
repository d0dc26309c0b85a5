with

links as (

    select
        *,
        case
            when fault is not null then 'file faulty'
            when not is_active then 'switched off'
            when failure is not null then 'failing'
            when breach is not null then 'contract broken'
            when load_failure is not null then 'not loaded'
        end as known_state
    from lake.active.data_links

),

asked as (

    select distinct link
    from lake.marts.link_calls

),

last_day as (

    select
        link,
        count(*) as calls,
        count(*) filter (where is_error) as errors,
        quantile_cont(duration_seconds, 0.95) as p95_seconds
    from lake.marts.link_calls
    where
        called_at > $until - interval 1 day
        and called_at <= $until
        and (
            list_contains($department_ids, department_id)
            or (department_id is null and $sees_house = 1)
        )
    group by link

)

select
    links.link,
    links.title,
    links.kind,
    coalesce(
        links.known_state,
        case when asked.link is null then 'not asked yet' else 'answers' end
    ) as state,
    case links.known_state
        when 'file faulty' then links.fault
        when 'failing' then links.failure
        when 'contract broken'
            then case when $shows_content = 1 then links.breach end
        when 'not loaded' then links.load_failure
    end as problem,
    coalesce(last_day.calls, 0) as calls,
    coalesce(last_day.errors, 0) as errors,
    last_day.p95_seconds,
    case links.known_state
        when 'file faulty' then links.read_at
        when 'failing' then links.failing_since
        when 'contract broken' then links.breached_at
        when 'not loaded' then links.load_failing_since
    end as since
from links
left join asked on links.link = asked.link
left join last_day on links.link = last_day.link
order by
    links.known_state is null or links.known_state = 'switched off',
    links.link
