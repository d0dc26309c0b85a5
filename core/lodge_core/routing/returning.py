"""Work of agents who are signed out for long: it returns to the queue it came from.

What an agent pinned stays.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from lodge_core.routing.claims import context_of, lock_activities, lock_agent_states
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import ActivityQueued
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, AgentState
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode

RETURN_AFTER = timedelta(minutes=15)
MOST_AT_ONCE = 200
_ACTIVITIES = Activity.__table__
_STATES = AgentState.__table__


def return_work(lodge: Lodge, now: datetime) -> int:
    """Return one batch of what is due in one transaction; how many activities it was."""
    configuration = configuration_of(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        left = _left_behind(connection, configuration, now)
    if not left:
        return 0
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        states = lock_agent_states(connection, {agent_id for _, agent_id in left})
        for activity in lock_activities(connection, [key for key, _ in left]).values():
            if activity.status is not ActivityStatus.ASSIGNED or activity.is_pinned:
                continue
            place = (activity.agent_id, _domain_of(configuration, activity.queue_id))
            state = states.get(place)
            if state is None or state.state is not AgentStateCode.SIGNED_OUT:
                continue
            recorder.record(
                ActivityQueued(
                    queue_id=activity.queue_id,
                    reason="pushed_back",
                    detail=f"agent {activity.agent_id} is signed out since "
                    f"{state.since_at.isoformat(timespec='seconds')}",
                ),
                activity.activity_id,
                **context_of(activity),
            )
        returned = len(recorder.flush())
    return returned


def _left_behind(
    connection: Connection, configuration: RoutingConfiguration, now: datetime
) -> list[tuple[int, int]]:
    """Activity and agent, of work that agents hold in domains they left long enough ago."""
    rows = connection.execute(
        select(
            _ACTIVITIES.c.activity_id,
            _ACTIVITIES.c.agent_id,
            _ACTIVITIES.c.queue_id,
            _STATES.c.media_routing_domain_id,
        )
        .join(_STATES, _STATES.c.agent_id == _ACTIVITIES.c.agent_id)
        .where(
            _ACTIVITIES.c.status == ActivityStatus.ASSIGNED,
            _ACTIVITIES.c.is_pinned.is_(False),
            _STATES.c.state == AgentStateCode.SIGNED_OUT,
            _STATES.c.since_at <= now - RETURN_AFTER,
        )
        .order_by(_ACTIVITIES.c.activity_id)
    )
    found = [
        (row.activity_id, row.agent_id)
        for row in rows
        if _domain_of(configuration, row.queue_id) == row.media_routing_domain_id
    ]
    return found[:MOST_AT_ONCE]


def _domain_of(configuration: RoutingConfiguration, queue_id: int) -> int:
    return configuration.queue(queue_id).media_routing_domain_id
