"""Activities as lines of a list: the one select behind every list, and its rows as values."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from lodge_core.agents.views import ActivityLine
from lodge_platform.schema.active import Activity, Customer
from lodge_platform.schema.master import Queue
from lodge_platform.stores import Store

_A = Activity.__table__.c
_C = Customer.__table__.c


def activity_lines(
    connection: Connection,
    queues: Mapping[int, str],
    *conditions: ColumnElement[bool],
    order_by: Sequence[ColumnElement[Any]],
    limit: int = 500,
) -> tuple[ActivityLine, ...]:
    """The activities that meet every condition, in that order."""
    statement = _activities().where(*conditions).order_by(*order_by).limit(limit)
    return tuple(_line(row, queues) for row in connection.execute(statement))


def queue_names(master: Store) -> dict[int, str]:
    """Names of all queues by key."""
    with master.read() as connection:
        rows = connection.execute(select(Queue.queue_id, Queue.name))
        return {row[0]: row[1] for row in rows}


def _activities() -> Select[*tuple[Any, ...]]:
    return select(
        _A.activity_id,
        _A.case_id,
        _A.department_id,
        _A.agent_id,
        _A.queue_id,
        _A.subject,
        _C.name.label("customer_name"),
        _A.status,
        _A.created_at,
        _A.queued_at,
        _A.assigned_at,
        _A.completed_at,
    ).join(Customer.__table__, _C.customer_id == _A.customer_id)


def _line(row: Row[*tuple[Any, ...]], queues: Mapping[int, str]) -> ActivityLine:
    values = dict(row._mapping)  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name
    values["queue"] = queues.get(values["queue_id"], "")
    return ActivityLine(**values)
