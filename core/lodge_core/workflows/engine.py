"""The service `workflow_engine`: every new activity goes to a queue, and the book says why.

What no workflow can place goes to the department's exception queue. It takes the activities in
batches under lock, so several may run at once and a kill loses and doubles nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_core.routing.claims import context_of
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_core.workflows.facts import read_facts
from lodge_core.workflows.inforce import Workflows, workflows_in_force
from lodge_core.workflows.placing import Place, place
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import ActivityQueued
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import Activity
from lodge_platform.services import Round, ServiceProcess
from lodge_platform.vocabulary import ActivityStatus, ActorKind

_ACTIVITIES = Activity.__table__
_BATCH = 200
_LOOK_SECONDS = 2.0


class Queued(msgspec.Struct, frozen=True):
    """One round: activities queued, of which exceptions; `stuck` could go nowhere and stay new."""

    queued: int
    exceptions: int
    stuck: int


def tick(lodge: Lodge, now: datetime) -> Queued:
    """Place every activity that is new, in batches; each batch is one transaction."""
    queued = exceptions = stuck = last = 0
    while True:
        placed, last = _place_batch(lodge, now, after=last)
        queued += sum(1 for one in placed if one)
        exceptions += sum(1 for one in placed if one and one.reason != "workflow")
        stuck += placed.count(None)
        if len(placed) < _BATCH:
            break
    if queued:
        wake(lodge, Topic.ACTIVITY_QUEUED)
    return Queued(queued, exceptions, stuck)


def _place_batch(lodge: Lodge, now: datetime, *, after: int) -> tuple[list[Place | None], int]:
    configuration = configuration_of(lodge.stores.master)
    workflows = workflows_in_force(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        if not connection.execute(_new(after).limit(1)).first():
            return [], after
    with lodge.stores.active.write() as connection:
        activities = connection.execute(_new(after).limit(_BATCH).with_for_update(skip_locked=True))
        batch = activities.all()
        places = _places(connection, configuration, workflows, batch)
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        for activity, found in zip(batch, places, strict=True):
            if found is not None:
                _record(recorder, activity, found)
        recorder.flush()
    return places, batch[-1].activity_id if batch else after


def _new(after: int) -> Any:
    return (
        select(_ACTIVITIES)
        .where(_ACTIVITIES.c.status == ActivityStatus.NEW, _ACTIVITIES.c.activity_id > after)
        .order_by(_ACTIVITIES.c.activity_id)
    )


def _places(
    connection: Connection,
    configuration: RoutingConfiguration,
    workflows: Workflows,
    batch: Sequence[Row[Any]],
) -> list[Place | None]:
    facts = read_facts(connection, batch, workflows.alias_addresses)
    places: list[Place | None] = []
    for activity in batch:
        department_id = activity.department_id
        queues = configuration.queues_of_department(department_id)
        places.append(
            place(
                facts[activity.activity_id],
                workflows.by_department.get(department_id, ()),
                queues,
                exception_queue=configuration.exception_queue_of(department_id),
            )
        )
    return places


def _record(recorder: Recorder, activity: Row[Any], found: Place) -> None:
    actor = Actor(ActorKind.RULE, found.workflow_id) if found.workflow_id else SYSTEM
    recorder.record(
        ActivityQueued(
            queue_id=found.queue_id,
            reason=found.reason,
            workflow_id=found.workflow_id,
            rule=found.rule,
            detail=found.detail,
        ),
        activity.activity_id,
        actor=actor,
        **context_of(activity, queue_id=found.queue_id),
    )


class WorkflowEngine:
    """The engine at work; it looks when woken, and every two seconds in any case."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge

    def tick(self, now: datetime) -> Round:
        """One round; says so while activities can go nowhere."""
        queued = tick(self._lodge, now)
        trouble = (
            f"{queued.stuck} new activities wait: no workflow places them and their department "
            "has no active exception queue"
        )
        return Round(_LOOK_SECONDS, trouble if queued.stuck else None)


def _build(lodge: Lodge, _instance: str) -> WorkflowEngine:
    return WorkflowEngine(lodge)


process = ServiceProcess(
    name="workflow_engine",
    summary="Puts each new activity in the queue that its department's workflows say.",
    build=_build,
    wakes_on=(Topic.ACTIVITY_NEW, Topic.CONFIGURATION),
)
