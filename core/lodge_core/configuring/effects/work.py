"""What changed queues, aliases and entry points do to live work."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from lodge_core.configuring.effects.counting import (
    ACTIVITIES,
    OPEN,
    agents_of,
    count,
    ready_of,
    waiting_in,
)
from lodge_platform.configuring.effects import Difference, Effect, counted
from lodge_platform.configuring.kind import Values
from lodge_platform.schema.active import OutboxMessage
from lodge_platform.schema.master import Alias, EntryPoint, Queue
from lodge_platform.vocabulary import OutboxStatus

_OUTBOX = OutboxMessage.__table__
_FETCHING = ("source_kind", "source_host", "source_port", "source_encryption", "folders")


def of_queues(difference: Difference) -> Iterator[Effect]:
    """Waiting work of each changed queue, and how many agents may take it before and after."""
    for key, old, new in difference.changed(Queue):
        if old is None:
            continue
        waiting = waiting_in(difference.active, key)
        if new is None or (old["is_active"] and not new["is_active"]):
            yield _off(old, waiting, is_removed=new is None)
            continue
        if new["is_active"] and not old["is_active"]:
            yield _effect("queue_on", new, "takes new activities again")
        if any(old[one] != new[one] for one in ("skill_group_id", "media_routing_domain_id")):
            yield _agents(difference, old, new, waiting)
        if old["priority"] != new["priority"]:
            yield _effect(
                "queue_priority",
                new,
                f"{counted(waiting, 'waiting activity')} would be served at rank "
                f"{new['priority']} instead of {old['priority']}",
                waiting=waiting,
            )
        if old["service_level_seconds"] != new["service_level_seconds"]:
            yield _service_level(difference, old, new, waiting)


def _off(old: Values, waiting: int, *, is_removed: bool) -> Effect:
    verb = "is removed" if is_removed else "takes no new activities"
    said = f"{verb}; {counted(waiting, 'activity')} waiting in it now stay and are served"
    return _effect("queue_off", old, said, waiting=waiting)


def _agents(difference: Difference, old: Values, new: Values, waiting: int) -> Effect:
    before = agents_of(difference.before, old["skill_group_id"])
    after = agents_of(difference.after, new["skill_group_id"])
    ready = ready_of(difference.active, after, new["media_routing_domain_id"])
    said = (
        f"{counted(waiting, 'waiting activity')} would go to {counted(len(after), 'agent')} "
        f"({ready} ready now) instead of {len(before)}: {len(before - after)} no longer, "
        f"{len(after - before)} newly"
    )
    return _effect(
        "queue_agents",
        new,
        said,
        waiting=waiting,
        agents_before=len(before),
        agents_after=len(after),
        no_longer=len(before - after),
        newly=len(after - before),
        ready=ready,
    )


def _service_level(difference: Difference, old: Values, new: Values, waiting: int) -> Effect:
    late: list[int] = []
    for values in (old, new):
        since = difference.now - timedelta(seconds=values["service_level_seconds"])
        late.append(waiting_in(difference.active, new["queue_id"], ACTIVITIES.c.queued_at < since))
    said = (
        f"of {counted(waiting, 'waiting activity')}, {late[1]} would be beyond the service level "
        f"instead of {late[0]}; numbers of the past stay as they are"
    )
    return _effect(
        "queue_service_level", new, said, waiting=waiting, late_before=late[0], late_after=late[1]
    )


def _effect(code: str, values: Values, said: str, **figures: Any) -> Effect:
    name = values["name"]
    return Effect(code, "queue", name, f"queue {name}: {said}", figures)


def of_aliases(difference: Difference) -> Iterator[Effect]:
    """Mail that is fetched no longer or elsewhere, and answers that wait to be sent."""
    for key, old, new in difference.changed(Alias):
        if old is None:
            continue
        address = old["address"]
        sending = count(
            difference.active,
            _OUTBOX.join(ACTIVITIES, ACTIVITIES.c.activity_id == _OUTBOX.c.activity_id),
            _OUTBOX.c.status.in_([OutboxStatus.WAITING, OutboxStatus.CLAIMED]),
            ACTIVITIES.c.alias_id == key,
        )
        figures = {"outbox": sending}
        answers = f"{counted(sending, 'answer')} waiting in the outbox"
        if new is None or (old["is_active"] and not new["is_active"]):
            said = f"mail to {address} is no longer fetched; {answers} still go out as it"
            yield Effect("alias_off", "alias", address, said, figures)
            continue
        if new["is_active"] and any(old[one] != new[one] for one in _FETCHING):
            said = f"mail to {address} is fetched elsewhere than before"
            yield Effect("alias_source", "alias", address, said, {})
        if any(old[one] != new[one] for one in ("smtp_host", "smtp_port", "smtp_encryption")):
            said = f"{answers} as {address} would go by {new['smtp_host']}:{new['smtp_port']}"
            yield Effect("alias_sending", "alias", address, said, figures)


def of_entry_points(difference: Difference) -> Iterator[Effect]:
    """Entry points where nothing starts any more, or that lead elsewhere."""
    for _, old, new in difference.changed(EntryPoint):
        if old is None:
            continue
        name, queue = old["name"], difference.before.name("queues", old["queue_id"])
        being = count(
            difference.active,
            ACTIVITIES,
            ACTIVITIES.c.queue_id == old["queue_id"],
            ACTIVITIES.c.media == old["media"],
            ACTIVITIES.c.status.in_(OPEN),
        )
        figures = {"open_in_queue": being}
        if new is None or (old["is_active"] and not new["is_active"]):
            said = (
                f"no {old['media'].value} starts at {name} any more; {being} open in queue {queue} "
                "go on"
            )
            yield Effect("entry_point_off", "entry point", name, said, figures)
        elif old["queue_id"] != new["queue_id"]:
            to = difference.after.name("queues", new["queue_id"])
            said = f"what starts at {name} goes to queue {to}; {being} open in {queue} go on there"
            yield Effect("entry_point_queue", "entry point", name, said, figures)
