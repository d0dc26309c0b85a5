"""A case as its page shows it: what is said of it, its activities, what it is related to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, case, or_, select

from lodge_core.agents.details import Choice, active_definitions
from lodge_core.agents.lines import activity_lines, queue_names
from lodge_core.agents.notes_shown import names_of
from lodge_core.agents.views import ActivityLine
from lodge_core.attributes import AttributeDefinition
from lodge_core.routing.configuration import configuration_of
from lodge_platform.api.visibility import activities_visible, cases_visible
from lodge_platform.errors import NotFoundError
from lodge_platform.identity import Action, SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, Case, CaseRelation, Customer
from lodge_platform.vocabulary import CaseStatus

_A = Activity.__table__.c
_C = Case.__table__.c
_R = CaseRelation.__table__.c


class CaseDetails(Struct, frozen=True):
    """A case as its page shows it."""

    case_id: int
    change_no: int
    department_id: int
    customer_id: int
    customer: str
    subject: str
    status: CaseStatus
    merged_into_case_id: int | None
    severity: str
    owner_id: int | None
    owner: str | None
    description: str | None
    solution: str | None
    due_at: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    attributes: Mapping[str, Any]
    definitions: tuple[AttributeDefinition, ...]
    related: tuple[Choice, ...]


def case_details(lodge: Lodge, case_id: int, reader: SignedIn) -> CaseDetails:
    """A case that the reader may see. Raises NotFoundError."""
    with lodge.stores.active.read() as connection:
        row = connection.execute(
            select(Case.__table__, Customer.__table__.c.name.label("customer"))
            .join(Customer.__table__, Customer.__table__.c.customer_id == _C.customer_id)
            .where(_C.case_id == case_id, cases_visible(reader, Action.ACTIVITY_READ))
        ).one_or_none()
        if row is None:
            raise NotFoundError(f"no case {case_id}")
        related = _related(connection, case_id, reader)
    values = dict(row._mapping)  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name
    owner = names_of(lodge, [row.owner_id] if row.owner_id else []).get(row.owner_id)
    known = {name: values[name] for name in CaseDetails.__struct_fields__ if name in values}
    return CaseDetails(
        **known, owner=owner, definitions=active_definitions(lodge, "case"), related=related
    )


def case_activities(lodge: Lodge, case_id: int, reader: SignedIn) -> tuple[ActivityLine, ...]:
    """Activities of the case that the reader may read, the oldest first."""
    names = queue_names(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        return activity_lines(
            connection,
            names,
            _A.case_id == case_id,
            activities_visible(reader, Action.ACTIVITY_READ),
            order_by=(_A.created_at, _A.activity_id),
        )


def owners_for(lodge: Lodge, department_id: int, owner_id: int | None) -> tuple[Choice, ...]:
    """Who can own a case of that department."""
    configuration = configuration_of(lodge.stores.master)
    return tuple(
        Choice(str(agent.user_id), agent.display_name, agent.user_id == owner_id)
        for agent in sorted(configuration.agents.values(), key=lambda one: one.display_name)
        if agent.is_active and department_id in configuration.departments_of_agent[agent.user_id]
    )


def _related(connection: Connection, case_id: int, reader: SignedIn) -> tuple[Choice, ...]:
    other = case((_R.case_id == case_id, _R.related_case_id), else_=_R.case_id)
    rows = connection.execute(
        select(_C.case_id, _C.subject)
        .join(CaseRelation.__table__, other == _C.case_id)
        .where(
            or_(_R.case_id == case_id, _R.related_case_id == case_id),
            _R.ended_at.is_(None),
            cases_visible(reader, Action.ACTIVITY_READ),
        )
        .order_by(_C.case_id)
    )
    return tuple(Choice(str(row.case_id), row.subject) for row in rows)
