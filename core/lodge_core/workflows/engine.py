"""The service `workflow_engine`: every new activity goes to a queue, and the book says why.

What no workflow can place goes to the department's exception queue. It takes the activities in
batches under lock, so several may run at once and a kill loses and doubles nothing. An activity
about which data links must be asked stays new until they answered or their time is out; they are
asked outside of every transaction, and others are placed meanwhile.
"""

from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_core.routing.claims import context_of
from lodge_core.routing.configuration import RoutingConfiguration, configuration_of
from lodge_core.workflows.awaiting import place_one, read_page, with_answers
from lodge_core.workflows.decide import NeedsLinks
from lodge_core.workflows.facts import read_facts
from lodge_core.workflows.inforce import Workflows, workflows_in_force
from lodge_core.workflows.link_asking import LinkAsking
from lodge_core.workflows.placing import Place
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
_ASKING_SECONDS = 0.25

Found = Place | NeedsLinks | None
_WAITS = NeedsLinks(frozenset())


class Queued(msgspec.Struct, frozen=True):
    """One round: activities queued, of which exceptions; `stuck` could go nowhere and stay new, as
    do those about which links are being asked."""

    queued: int
    exceptions: int
    stuck: int
    asking: int = 0


def tick(lodge: Lodge, now: datetime, asking: LinkAsking | None = None) -> Queued:
    """Place every activity that is new, in batches; each batch is one transaction.

    With `asking`, what waits for a link's answer stays new, for a later tick with the same
    `asking`. Without, the tick itself waits for the links.
    """
    if asking is not None:
        return _round(lodge, now, asking)
    with closing(LinkAsking(lodge)) as own:
        total = _round(lodge, now, own)
        while total.asking:
            own.wait()
            more = _round(lodge, now, own)
            total = Queued(
                total.queued + more.queued,
                total.exceptions + more.exceptions,
                more.stuck,
                more.asking,
            )
        return total


def _round(lodge: Lodge, now: datetime, asking: LinkAsking) -> Queued:
    queued = exceptions = stuck = waiting = last = 0
    seen: set[int] = set()
    while True:
        workflows = workflows_in_force(lodge.stores.master)
        if workflows.link_fields or len(asking):
            found, keys = _place_ready(lodge, now, workflows, asking, after=last)
            seen.update(keys)
            waiting += sum(1 for one in found if isinstance(one, NeedsLinks))
        else:
            found, keys = _place_batch(lodge, now, workflows, asking, after=last)
        last = keys[-1] if keys else last
        places = [one for one in found if isinstance(one, Place)]
        queued += len(places)
        exceptions += sum(1 for one in places if one.reason != "workflow")
        stuck += found.count(None)
        if len(keys) < _BATCH:
            break
    asking.keep(seen)
    if queued:
        wake(lodge, Topic.ACTIVITY_QUEUED)
    return Queued(queued, exceptions, stuck, waiting)


def _place_ready(
    lodge: Lodge, now: datetime, workflows: Workflows, asking: LinkAsking, *, after: int
) -> tuple[list[Found], Sequence[int]]:
    """Place those of the next new activities that wait for no link; and the keys of all."""
    configuration = configuration_of(lodge.stores.master)
    asking.begin(workflows.stamp)
    page = read_page(lodge, configuration, workflows, asking, after=after, most=_BATCH, now=now)
    waiting: list[Found] = [_WAITS] * (len(page.keys) - len(page.ready))
    if not page.ready:
        return waiting, page.keys
    found, placed = _place_batch(lodge, now, workflows, asking, among=page.ready)
    kept = zip(placed, found, strict=True)
    asking.forget([key for key, one in kept if isinstance(one, Place | NeedsLinks)])
    return [*found, *waiting], page.keys


def _place_batch(
    lodge: Lodge,
    now: datetime,
    workflows: Workflows,
    asking: LinkAsking,
    *,
    after: int = 0,
    among: Collection[int] | None = None,
) -> tuple[list[Found], Sequence[int]]:
    configuration = configuration_of(lodge.stores.master)
    query = _new(after) if among is None else _new(0).where(_ACTIVITIES.c.activity_id.in_(among))
    with lodge.stores.active.read() as connection:
        if not connection.execute(query.limit(1)).first():
            return [], []
    with lodge.stores.active.write() as connection:
        activities = connection.execute(query.limit(_BATCH).with_for_update(skip_locked=True))
        batch = activities.all()
        places = _places(connection, configuration, workflows, asking, batch)
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        for activity, found in zip(batch, places, strict=True):
            if isinstance(found, Place):
                _record(recorder, activity, found)
        recorder.flush()
    return places, [activity.activity_id for activity in batch]


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
    asking: LinkAsking,
    batch: Sequence[Row[Any]],
) -> list[Found]:
    facts = read_facts(connection, batch, workflows.alias_addresses)
    return [
        place_one(
            with_answers(facts[one.activity_id], asking, one.activity_id),
            one,
            configuration,
            workflows,
        )
        for one in batch
    ]


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
    """The engine at work; it looks when woken, every two seconds in any case, and more often while
    links are being asked."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge
        self._asking = LinkAsking(lodge)

    def tick(self, now: datetime) -> Round:
        """One round; says so while activities can go nowhere."""
        queued = tick(self._lodge, now, self._asking)
        trouble = (
            f"{queued.stuck} new activities wait: no workflow places them and their department "
            "has no active exception queue"
        )
        wait_seconds = _ASKING_SECONDS if queued.asking else _LOOK_SECONDS
        return Round(wait_seconds, trouble if queued.stuck else None)

    def close(self) -> None:
        """Begin no further call of a link."""
        self._asking.close()


def _build(lodge: Lodge, _instance: str) -> WorkflowEngine:
    return WorkflowEngine(lodge)


process = ServiceProcess(
    name="workflow_engine",
    summary="Puts each new activity in the queue that its department's workflows say.",
    build=_build,
    wakes_on=(Topic.ACTIVITY_NEW, Topic.CONFIGURATION),
)
