"""The service `router`: reads who is free and what waits, decides, and makes the offers.

Made anew for each lease; two of them at work never give the same activity twice.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select

from lodge_core.routing.claims import HELD, context_of, lock_activities, lock_agent_states
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_core.routing.journal import refuse_if_fenced, write_round
from lodge_core.routing.reading import read_snapshot, rules_of, trimmed
from lodge_core.routing.route import route
from lodge_core.routing.snapshot import Decision, Rules, Snapshot
from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import OfferMade
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Activity
from lodge_platform.services import ServiceProcess
from lodge_platform.services.held import fencing_token
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode

_ACTIVITIES = Activity.__table__
_LOOK_SECONDS = 1.0


class Routed(msgspec.Struct, frozen=True):
    """One round: how many offers were decided, and how many were made.

    Fewer are made when somebody picked an activity, or an agent left, between the two.
    """

    decided: int
    offered: int


def tick(lodge: Lodge, now: datetime, *, fencing_token: int = 0) -> Routed:
    """Decide and offer once. Nothing to decide writes nothing.

    Raises ConflictError when a router with a newer lease has decided already.
    """
    configuration = configuration_of(lodge.stores.master)
    rules = rules_of(configuration)
    with lodge.stores.active.read() as connection:
        snapshot = read_snapshot(connection, configuration, rules, now)
    decisions = route(snapshot, rules, now)
    if not decisions:
        return Routed(0, 0)
    with lodge.stores.active.write() as connection:
        refuse_if_fenced(connection, fencing_token)
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        offered = _offer(
            recorder, configuration, snapshot, rules, decisions, fencing_token=fencing_token
        )
        recorder.flush()
    if offered:
        wake(lodge, Topic.OFFER, Topic.ACTIVITY_CHANGED)
    return Routed(len(decisions), offered)


def _offer(
    recorder: Recorder,
    configuration: RoutingConfiguration,
    snapshot: Snapshot,
    rules: Rules,
    decisions: Sequence[Decision],
    *,
    fencing_token: int,
) -> int:
    """Offer what is still waiting to those who are still free, and journal the round."""
    connection = recorder.connection
    states = lock_agent_states(connection, (one.agent_id for one in decisions))
    activities = lock_activities(connection, (one.activity_id for one in decisions))
    held = _held_now(connection, configuration, {one.agent_id for one in decisions})
    claimed: list[Decision] = []
    for one in decisions:
        activity = activities.get(one.activity_id)
        domain = configuration.domain_of_queue(one.queue_id)
        key = (one.agent_id, domain.media_routing_domain_id)
        is_waiting = (
            activity is not None
            and activity.status is ActivityStatus.QUEUED
            and activity.queue_id == one.queue_id
        )
        is_free = (
            key in states
            and states[key].state is AgentStateCode.READY
            and held[key] < domain.task_limit
        )
        if is_waiting and is_free:
            held[key] += 1
            claimed.append(one)
    if not claimed:
        return 0
    round_id = write_round(
        connection,
        snapshot,
        trimmed(rules, snapshot),
        decisions=decisions,
        configuration_version_id=configuration.version,
        fencing_token=fencing_token,
        now=recorder.now,
    )
    for one, offer_id in zip(claimed, allocate(connection, "offers", len(claimed)), strict=True):
        activity = activities[one.activity_id]
        recorder.record(
            OfferMade(
                activity_id=one.activity_id,
                department_id=activity.department_id,
                queue_id=one.queue_id,
                agent_id=one.agent_id,
                routing_decision_id=round_id,
                expires_at=one.expires_at,
            ),
            offer_id,
            **context_of(activity, agent_id=one.agent_id),
        )
    return len(claimed)


def _held_now(
    connection: Connection, configuration: RoutingConfiguration, agent_ids: set[int]
) -> Counter[tuple[int, int]]:
    """By agent and domain, how many activities the agents hold, their states being locked."""
    held: Counter[tuple[int, int]] = Counter()
    for row in connection.execute(
        select(_ACTIVITIES.c.agent_id, _ACTIVITIES.c.queue_id, func.count().label("held"))
        .where(_ACTIVITIES.c.agent_id.in_(sorted(agent_ids)), _ACTIVITIES.c.status.in_(HELD))
        .group_by(_ACTIVITIES.c.agent_id, _ACTIVITIES.c.queue_id)
    ):
        domain = configuration.domain_of_queue(row.queue_id)
        held[row.agent_id, domain.media_routing_domain_id] += row.held
    return held


class RouterService:
    """The router at work under a lease; it looks when woken, and every second in any case."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge

    def tick(self, now: datetime) -> float:
        """One round; again at once when it gave something to somebody."""
        routed = tick(self._lodge, now, fencing_token=fencing_token())
        return 0.0 if routed.offered else _LOOK_SECONDS


def _build(lodge: Lodge, _instance: str) -> RouterService:
    return RouterService(lodge)


process = ServiceProcess(
    name="router",
    summary="Offers each waiting activity to an agent who is free.",
    build=_build,
    wakes_on=(
        Topic.ACTIVITY_QUEUED,
        Topic.ACTIVITY_CHANGED,
        Topic.AGENT_STATE,
        Topic.CONFIGURATION,
    ),
)
