"""Counts of live work that effects tell: waiting, held, and who would be eligible."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from lodge_core.routing.claims import HELD
from lodge_platform.configuring.rows import Rows
from lodge_platform.schema.active import Activity, AgentState
from lodge_platform.schema.master import SkillGroupMember, User
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode

ACTIVITIES = Activity.__table__
_STATES = AgentState.__table__
OPEN = [status for status in ActivityStatus if status is not ActivityStatus.COMPLETED]


def count(connection: Connection, table: FromClause, *where: ColumnElement[bool]) -> int:
    """How many rows of the table there are."""
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def waiting_in(active: Connection, queue_id: int, *where: ColumnElement[bool]) -> int:
    """How many activities wait in the queue now."""
    return count(
        active,
        ACTIVITIES,
        ACTIVITIES.c.status == ActivityStatus.QUEUED,
        ACTIVITIES.c.queue_id == queue_id,
        ACTIVITIES.c.deleted_at.is_(None),
        *where,
    )


def held_by(active: Connection, agent_id: int) -> int:
    """How many activities are offered to the agent or assigned."""
    return count(
        active, ACTIVITIES, ACTIVITIES.c.agent_id == agent_id, ACTIVITIES.c.status.in_(HELD)
    )


def agents_of(rows: Rows, skill_group_id: int | None) -> set[int]:
    """Keys of the active users in a skill group; nobody for none."""
    if skill_group_id is None:
        return set()
    members = rows.related(SkillGroupMember, "skill_group_id", skill_group_id)
    users = rows.of(User)
    return {one["user_id"] for one in members if users[one["user_id"]]["is_active"]}


def ready_of(active: Connection, agent_ids: Iterable[int], domain_id: int) -> int:
    """How many of the agents are ready in the domain now."""
    rows: Any = active.execute(
        select(_STATES.c.agent_id).where(
            _STATES.c.media_routing_domain_id == domain_id,
            _STATES.c.state == AgentStateCode.READY,
        )
    ).scalars()
    return len(set(rows) & set(agent_ids))
