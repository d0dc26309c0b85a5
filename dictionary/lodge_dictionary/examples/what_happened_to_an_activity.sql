-- What happened to an activity, event by event?
select
    events.activity_id,
    events.occurred_at,
    events.type_code,
    events.actor_kind,
    users.display_name as agent
from active.activity_events as events
left join master.users as users on events.agent_id = users.user_id
where events.activity_id is not null
order by events.activity_id, events.occurred_at, events.event_id
limit 200
