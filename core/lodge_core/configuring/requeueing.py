"""Put waiting activities where the workflows in force would place them now."""

from collections.abc import Collection, Sequence
from datetime import datetime

from lodge_core.configuring.effects.waiting import (
    Move,
    Placing,
    moves,
    place_of,
    placing_in,
    put_by_people,
)
from lodge_core.routing.claims import context_of, lock_activities
from lodge_core.workflows.facts import read_facts
from lodge_core.workflows.placing import Place
from lodge_platform.configuration import version_in_force
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.rows import read_rows
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import ActivityQueued
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.master import Department
from lodge_platform.vocabulary import ActivityStatus, ActorKind

_BATCH = 200


def requeue_waiting(
    lodge: Lodge, *, now: datetime, departments: Collection[int] | None = None
) -> int:
    """Move each waiting activity that rules placed to where they place it now; how many moved.

    With `departments`, only in those. What depends on data links stays where it waits.

    What people put somewhere stays, and so does what an agent was offered or holds. Each batch is
    one transaction; after a kill, calling it again moves the rest.
    """
    with lodge.stores.master.read() as master:
        rows, version = read_rows(master, configuration_kinds()), version_in_force(master)
    moved = 0
    chosen = rows.of(Department) if departments is None else departments
    for department_id in sorted(chosen):
        placing = placing_in(rows, department_id)
        with lodge.stores.active.read() as active:
            found = list(moves(active, department_id, placing))
            kept = put_by_people(active, [move.activity_id for move in found])
        wanted = [move for move in found if move.activity_id not in kept]
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            moved += _move(lodge, placing, batch, version=version, now=now)
    if moved:
        wake(lodge, Topic.ACTIVITY_QUEUED)
    return moved


def _move(
    lodge: Lodge, placing: Placing, batch: Sequence[Move], *, version: int, now: datetime
) -> int:
    """Move those that still wait where they were found, decided again under their lock."""
    moved = 0
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=version)
        locked = lock_activities(connection, [move.activity_id for move in batch])
        facts = read_facts(connection, list(locked.values()), placing.alias_addresses)
        for move in batch:
            activity = locked.get(move.activity_id)
            if activity is None or activity.status is not ActivityStatus.QUEUED:
                continue
            found = place_of(placing, facts[move.activity_id])
            is_same = activity.queue_id == move.from_queue_id
            if not isinstance(found, Place) or not is_same or found.queue_id == activity.queue_id:
                continue
            actor = Actor(ActorKind.RULE, found.workflow_id) if found.workflow_id else SYSTEM
            recorder.record(
                ActivityQueued(
                    queue_id=found.queue_id,
                    reason=found.reason,
                    workflow_id=found.workflow_id,
                    rule=found.rule,
                    detail=found.detail,
                ),
                move.activity_id,
                actor=actor,
                **context_of(activity, queue_id=found.queue_id),
            )
            moved += 1
        recorder.flush()
    return moved
