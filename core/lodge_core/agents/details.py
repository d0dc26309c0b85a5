"""What the console shows of an activity besides its messages, and where it can go. Reads only."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from lodge_core.activities.classes import active_categories, active_resolution_codes
from lodge_core.activities.queues import takes
from lodge_core.attributes import AttributeDefinition, definitions_of
from lodge_core.routing.configuration import configuration_of
from lodge_platform.identity import Action, SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity
from lodge_platform.schema.master import Department
from lodge_platform.vocabulary import Media

_A = Activity.__table__.c


class Choice(Struct, frozen=True):
    """One value of a list to choose from."""

    value: str
    label: str
    is_chosen: bool = False


class Targets(Struct, frozen=True):
    """Where an activity can be given: queues, agents, departments."""

    queues: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    departments: tuple[Choice, ...]


class ActivityDetails(Struct, frozen=True):
    """What can be changed of an activity; `change_no` is the version it was read in."""

    change_no: int
    media: Media
    priority: int
    due_at: datetime | None
    language: str | None
    subtype: str | None
    description: str | None
    is_pinned: bool
    attributes: Mapping[str, Any]
    definitions: tuple[AttributeDefinition, ...]
    categories: tuple[Choice, ...]
    resolution_codes: tuple[Choice, ...]


def activity_details(lodge: Lodge, activity_id: int) -> ActivityDetails:
    """What can be changed of an activity that the reader may read."""
    with lodge.stores.active.read() as connection:
        row = connection.execute(
            select(Activity.__table__).where(_A.activity_id == activity_id)
        ).one()
    master = lodge.stores.master
    return ActivityDetails(
        change_no=row.change_no,
        media=row.media,
        priority=row.priority,
        due_at=row.due_at,
        language=row.language,
        subtype=row.subtype,
        description=row.description,
        is_pinned=row.is_pinned,
        attributes=row.attributes,
        definitions=active_definitions(lodge, "activity"),
        categories=_choices(active_categories(master, row.department_id), row.category_ids),
        resolution_codes=_choices(
            active_resolution_codes(master, row.department_id), row.resolution_code_ids
        ),
    )


def targets_for(lodge: Lodge, reader: SignedIn, *, department_id: int, media: Media) -> Targets:
    """Where the reader can give an activity of that department."""
    configuration = configuration_of(lodge.stores.master)
    reachable = reader.departments_with(Action.ACTIVITY_TRANSFER) | {department_id}
    queues = sorted(
        (
            queue
            for queue in configuration.queues.values()
            if queue.is_active
            and queue.department_id in reachable
            and takes(configuration, queue, media)
        ),
        key=lambda queue: (queue.department_id != department_id, queue.is_exception, queue.name),
    )
    agents = sorted(
        (
            agent
            for agent in configuration.agents.values()
            if agent.is_active
            and agent.user_id != reader.user_id
            and department_id in configuration.departments_of_agent[agent.user_id]
        ),
        key=lambda agent: agent.display_name,
    )
    return Targets(
        queues=tuple(Choice(f"queue:{one.queue_id}", one.name) for one in queues),
        agents=tuple(Choice(f"agent:{one.user_id}", one.display_name) for one in agents),
        departments=tuple(
            Choice(f"department:{key}", name)
            for key, name in _departments(lodge).items()
            if key != department_id and configuration.exception_queue_of(key)
        ),
    )


def active_definitions(lodge: Lodge, object_type: str) -> tuple[AttributeDefinition, ...]:
    """Custom attributes that such things can be given, in order of name."""
    return tuple(
        one
        for one in definitions_of(lodge.stores.master)
        if one.object_type == object_type and one.is_active
    )


def _choices(names: Mapping[int, str], chosen: Iterable[int]) -> tuple[Choice, ...]:
    kept = set(chosen)
    return tuple(Choice(str(key), name, key in kept) for key, name in names.items())


def _departments(lodge: Lodge) -> dict[int, str]:
    with lodge.stores.master.read() as connection:
        rows = connection.execute(
            select(Department.department_id, Department.name)
            .where(Department.is_active)
            .order_by(Department.name)
        )
        return {row[0]: row[1] for row in rows}
