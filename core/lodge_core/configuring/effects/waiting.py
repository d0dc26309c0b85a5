"""Where waiting activities would be placed under other workflows, queues or aliases."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_core.configuring.effects.counting import ACTIVITIES
from lodge_core.routing.configuration import ConfiguredQueue
from lodge_core.workflows.decide import Facts, NeedsLinks
from lodge_core.workflows.facts import read_facts
from lodge_core.workflows.inforce import WorkflowInForce, read_one
from lodge_core.workflows.language import WorkflowKind
from lodge_core.workflows.placing import Place, place
from lodge_platform.configuring.effects import Difference, Effect, counted
from lodge_platform.configuring.kind import Values
from lodge_platform.configuring.rows import Rows
from lodge_platform.events.catalogue import ActivityQueued, type_code_of
from lodge_platform.schema.active import ActivityEvent
from lodge_platform.schema.master import Alias, Department, Queue, Workflow
from lodge_platform.vocabulary import ActivityStatus

# What rules decided they may decide again; where a person put an activity, it stays.
BY_RULE = frozenset({"workflow", "no_workflow", "workflow_failed", "bounce"})
_BACK_IN_ITS_QUEUE = "pushed_back"
_BATCH = 500


class Placing(msgspec.Struct, frozen=True):
    """All that placing in one department depends on."""

    workflows: tuple[WorkflowInForce, ...]
    queues: Mapping[str, ConfiguredQueue]
    exception_queue: ConfiguredQueue | None
    alias_addresses: Mapping[int, str]


class Move(msgspec.Struct, frozen=True):
    """An activity that waits elsewhere than the rules say; `is_new` where that is by a change."""

    activity_id: int
    from_queue_id: int
    place: Place
    is_new: bool


def placing_in(rows: Rows, department_id: int) -> Placing:
    """How new activities of the department are placed under this configuration."""
    queues = {
        row["name"]: msgspec.convert(dict(row), ConfiguredQueue)
        for row in rows.related(Queue, "department_id", department_id)
    }
    exceptions = [one for one in queues.values() if one.is_exception and one.is_active]
    workflows = [
        row
        for row in rows.related(Workflow, "department_id", department_id)
        if row["is_active"] and row["kind"] == WorkflowKind.INBOUND.value
    ]
    return Placing(
        workflows=tuple(
            read_one(row["workflow_id"], row["name"], row["document"])
            for row in sorted(workflows, key=_position)
        ),
        queues=queues,
        exception_queue=min(exceptions, key=lambda one: one.queue_id, default=None),
        alias_addresses={key: row["address"] for key, row in rows.of(Alias).items()},
    )


def _position(row: Values) -> tuple[int, int]:
    return row["position"], row["workflow_id"]


def moves(
    active: Connection,
    department_id: int,
    after: Placing,
    *,
    before: Placing | None = None,
    undecided: list[int] | None = None,
) -> Iterator[Move]:
    """Waiting activities of the department that `after` places elsewhere than where they wait.

    No data link is asked: activities that depend on one are none of them, and their keys are added
    to `undecided`.
    """
    last = 0
    while batch := _waiting(active, department_id, last):
        last = batch[-1].activity_id
        facts = read_facts(active, batch, after.alias_addresses)
        old_facts = facts
        if before is not None and before.alias_addresses != after.alias_addresses:
            old_facts = read_facts(active, batch, before.alias_addresses)
        for row in batch:
            found = place_of(after, facts[row.activity_id])
            if isinstance(found, NeedsLinks):
                if undecided is not None:
                    undecided.append(row.activity_id)
                continue
            if found is None or found.queue_id == row.queue_id:
                continue
            was = place_of(before, old_facts[row.activity_id]) if before else None
            is_new = not isinstance(was, Place) or was.queue_id != found.queue_id
            yield Move(row.activity_id, row.queue_id, found, is_new)


def put_by_people(active: Connection, activity_ids: Sequence[int]) -> set[int]:
    """Those of the activities that people, not rules, put where they wait."""
    last: dict[int, str] = {}
    events = ActivityEvent.__table__
    for start in range(0, len(activity_ids), _BATCH):
        rows = active.execute(
            select(events.c.activity_id, events.c.payload)
            .where(
                events.c.activity_id.in_(activity_ids[start : start + _BATCH]),
                events.c.type_code == type_code_of(ActivityQueued),
            )
            .order_by(events.c.event_id)
        )
        for row in rows:
            if row.payload["reason"] != _BACK_IN_ITS_QUEUE:
                last[row.activity_id] = row.payload["reason"]
    return {key for key in activity_ids if last.get(key) not in BY_RULE}


def of_placing(difference: Difference) -> Iterator[Effect]:
    """How many waiting activities would change queue, from where to where."""
    queues = ("name", "is_active", "is_exception", "department_id")
    if not (
        difference.is_changed(Workflow)
        or difference.is_changed(Queue, *queues)
        or difference.is_changed(Alias, "address")
    ):
        return
    for department_id, department in sorted(difference.after.of(Department).items()):
        before = placing_in(difference.before, department_id)
        after = placing_in(difference.after, department_id)
        if before == after:
            continue
        yield from _broken(before, after)
        undecided: list[int] = []
        found = list(
            moves(difference.active, department_id, after, before=before, undecided=undecided)
        )
        kept = put_by_people(difference.active, [move.activity_id for move in found])
        free = [move for move in found if move.activity_id not in kept]
        by_hand = sum(move.is_new for move in found if move.activity_id in kept)
        yield from _told(
            difference, department["name"], free, by_hand=by_hand, undecided=len(undecided)
        )


def _broken(before: Placing, after: Placing) -> Iterator[Effect]:
    """Workflows that name a queue which takes nothing any more: their mail becomes exceptions."""
    for one in after.workflows:
        if one.workflow is None:
            continue
        named = {rule.queue for rule in one.workflow.rules} | {one.workflow.otherwise or ""}
        for name in sorted(named & before.queues.keys()):
            queue = after.queues.get(name)
            if before.queues[name].is_active and (queue is None or not queue.is_active):
                said = (
                    f"workflow {one.name} places into queue {name}, which takes nothing any more: "
                    "what it would place there becomes an exception"
                )
                yield Effect("workflow_broken", "workflow", one.name, said, {"queue": name})


def _told(
    difference: Difference,
    department: str,
    found: Sequence[Move],
    *,
    by_hand: int,
    undecided: int,
) -> Iterator[Effect]:
    ways = Counter((move.from_queue_id, move.place.queue_id) for move in found if move.is_new)
    earlier = sum(not move.is_new for move in found)
    if not ways and not by_hand and not undecided:
        return

    def name(queue_id: int) -> str:
        rows = difference.after if queue_id in difference.after.of(Queue) else difference.before
        return str(rows.name("queues", queue_id))

    named = [
        {"from": name(one), "to": name(other), "count": number}
        for (one, other), number in sorted(ways.items(), key=lambda item: (-item[1], item[0]))
    ]
    number = sum(ways.values())
    said = f"{counted(number, 'waiting activity')} would change queue"
    if named:
        said += ": " + ", ".join(
            f"{one['count']} from {one['from']} to {one['to']}" for one in named
        )
        said += "; they stay where they are unless requeued (--requeue)"
    if earlier:
        said += f"; {earlier} more wait where earlier rules put them, and would be requeued too"
    if by_hand:
        said += f"; {by_hand} that people put where they are would stay"
    if undecided:
        said += f"; {undecided} that depend on data links, which are not asked now, would stay"
    yield Effect(
        "activities_change_queue",
        "workflow",
        department,
        said,
        {
            "moves": named,
            "count": number,
            "earlier": earlier,
            "put_by_people": by_hand,
            **({"undecided": undecided} if undecided else {}),
        },
    )


def place_of(placing: Placing, facts: Facts) -> Place | NeedsLinks | None:
    """Where an activity of these facts goes under `placing`; None for nowhere."""
    return place(facts, placing.workflows, placing.queues, exception_queue=placing.exception_queue)


def _waiting(active: Connection, department_id: int, after: int) -> Sequence[Row[Any]]:
    return active.execute(
        select(ACTIVITIES)
        .where(
            ACTIVITIES.c.status == ActivityStatus.QUEUED,
            ACTIVITIES.c.department_id == department_id,
            ACTIVITIES.c.deleted_at.is_(None),
            ACTIVITIES.c.activity_id > after,
        )
        .order_by(ACTIVITIES.c.activity_id)
        .limit(_BATCH)
    ).all()
