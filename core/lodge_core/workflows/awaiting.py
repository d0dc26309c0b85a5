"""Which new activities can be placed now, and about which links must be asked first. Reads only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, select

from lodge_core.routing.configuration import RoutingConfiguration
from lodge_core.workflows.decide import Facts, NeedsLinks
from lodge_core.workflows.facts import read_facts
from lodge_core.workflows.inforce import Workflows
from lodge_core.workflows.link_asking import LinkAsking, Wanted
from lodge_core.workflows.placing import Place, place
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity
from lodge_platform.vocabulary import ActivityStatus

_ACTIVITIES = Activity.__table__


class Page(NamedTuple):
    """Some of the new activities: their keys, and the keys of those that can be placed now."""

    keys: Sequence[int]
    ready: Sequence[int]


def read_page(
    lodge: Lodge,
    configuration: RoutingConfiguration,
    workflows: Workflows,
    asking: LinkAsking,
    *,
    after: int,
    most: int,
    now: datetime,
) -> Page:
    """The next new activities after a key, in order of key; links they need are begun to be asked.

    What waits for an answer is not looked at again before it has come.
    """
    with lodge.stores.active.read() as connection:
        query = (
            select(_ACTIVITIES.c.activity_id)
            .where(_ACTIVITIES.c.status == ActivityStatus.NEW, _ACTIVITIES.c.activity_id > after)
            .order_by(_ACTIVITIES.c.activity_id)
            .limit(most)
        )
        keys = connection.execute(query).scalars().all()
        fresh = [key for key in keys if not asking.is_waiting(key)]
        rows = _rows(connection, fresh)
        facts = read_facts(connection, rows, workflows.alias_addresses) if rows else {}
    ready: list[int] = []
    for row in rows:
        answered = with_answers(facts[row.activity_id], asking, row.activity_id)
        found = place_one(answered, row, configuration, workflows)
        if isinstance(found, NeedsLinks):
            asking.want(row.activity_id, Wanted(row.department_id, found.names))
        else:
            ready.append(row.activity_id)
    asking.ask(workflows.link_fields, now=now)
    return Page(keys, ready)


def _rows(connection: Connection, keys: Sequence[int]) -> Sequence[Row[Any]]:
    if not keys:
        return []
    query = select(_ACTIVITIES).where(_ACTIVITIES.c.activity_id.in_(keys))
    return connection.execute(query.order_by(_ACTIVITIES.c.activity_id)).all()


def with_answers(facts: Facts, asking: LinkAsking, activity_id: int) -> Facts:
    """The facts with what links answered about the activity."""
    return msgspec.structs.replace(facts, links=asking.answers(activity_id))


def place_one(
    facts: Facts, activity: Row[Any], configuration: RoutingConfiguration, workflows: Workflows
) -> Place | NeedsLinks | None:
    """Where the workflows in force put the activity."""
    department_id = activity.department_id
    return place(
        facts,
        workflows.by_department.get(department_id, ()),
        configuration.queues_of_department(department_id),
        exception_queue=configuration.exception_queue_of(department_id),
    )
