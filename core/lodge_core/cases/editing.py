"""What people say of a case: opened by hand, and its fields changed, each change kept."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Row

from lodge_core.attributes import checked_attributes, definitions_of, with_attributes
from lodge_core.customers.locking import hold_customers, usable_customer
from lodge_core.routing.claims import lock_case
from lodge_core.routing.configuration import configuration_of
from lodge_platform.api.matching import refuse_stale
from lodge_platform.clock import as_utc
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.events.catalogue import CaseOpened
from lodge_platform.events.of_activities import Change
from lodge_platform.events.of_cases import CaseChanges, CaseEdited
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import CaseStatus, Severity


class CaseEdit(msgspec.Struct, frozen=True, kw_only=True):
    """New values of the fields that are given; None empties a field that can be empty."""

    subject: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    solution: str | UnsetType | None = UNSET
    severity: Severity | UnsetType = UNSET
    owner_id: int | UnsetType | None = UNSET
    due_at: datetime | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET


def open_case(
    work: Work,
    *,
    department_id: int,
    customer_id: int,
    subject: str,
    edit: CaseEdit | None = None,
) -> int:
    """Open a case for a customer by hand; its key.

    Raises NotFoundError for an unknown customer, ConflictError for a merged one, and as
    `edit_case` does.
    """
    hold_customers(work.connection)
    usable_customer(work.connection, customer_id)
    [case_id] = allocate(work.connection, "cases")
    work.record(
        CaseOpened(department_id=department_id, customer_id=customer_id, subject=subject),
        case_id,
        case_id=case_id,
        department_id=department_id,
    )
    work.flush()
    if edit is not None:
        edit_case(work, case_id, edit)
    return case_id


def edit_case(
    work: Work, case_id: int, edit: CaseEdit, *, expected: int | None = None, is_whole: bool = False
) -> None:
    """Change the given fields; `is_whole` takes the given custom attributes in place of all.

    Raises StaleError, ConflictError for a merged case, RefusedError for a value not allowed.
    """
    case = lock_case(work.connection, case_id)
    refuse_stale(case, expected)
    refuse_merged(case)
    changes = _changes(work, case, edit, is_whole=is_whole)
    if changes:
        work.record(
            CaseEdited(changes=CaseChanges(**changes)),
            case_id,
            case_id=case_id,
            department_id=case.department_id,
        )
        work.flush()
        work.wakes(Topic.ACTIVITY_CHANGED)


def refuse_merged(case: Row[Any]) -> None:
    """Raise ConflictError for a case that was merged into another."""
    if case.status is CaseStatus.MERGED:
        raise ConflictError(
            f"case {case.case_id} is merged into case {case.merged_into_case_id}; work on that one"
        )


def _changes(
    work: Work, case: Row[Any], edit: CaseEdit, *, is_whole: bool
) -> dict[str, Change[Any]]:
    given: dict[str, Any] = {
        name: value
        for name in edit.__struct_fields__
        if (value := getattr(edit, name)) is not UNSET
    }
    if isinstance(edit.due_at, datetime):
        given["due_at"] = as_utc(edit.due_at)
    if isinstance(edit.severity, Severity):
        given["severity"] = edit.severity.value
    if isinstance(edit.owner_id, int) and edit.owner_id != case.owner_id:
        _refuse_unless_owner(work, edit.owner_id, case.department_id)
    if isinstance(edit.attributes, dict):
        checked = checked_attributes(
            definitions_of(work.lodge.stores.master), "case", edit.attributes
        )
        given["attributes"] = with_attributes({} if is_whole else case.attributes, checked)
    row = case._mapping  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name
    return {
        name: Change(old=row[name], new=value)
        for name, value in given.items()
        if row[name] != value
    }


def _refuse_unless_owner(work: Work, owner_id: int, department_id: int) -> None:
    configuration = configuration_of(work.lodge.stores.master)
    agent = configuration.agents.get(owner_id)
    departments = configuration.departments_of_agent.get(owner_id, frozenset())
    if agent is None or not agent.is_active or department_id not in departments:
        raise RefusedError(
            f"user {owner_id} is nobody of the case's department who could own it",
            field="owner_id",
        )
