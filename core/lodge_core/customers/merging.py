"""Two customers who are one: merged, and taken apart again when that was wrong.

A customer is the whole house's: all its cases, activities, notes, persons and points go along,
whatever department they are of. The customer taken over stays as a row that names the other.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, select

from lodge_core.customers.locking import lock_customers, locked_customer
from lodge_core.customers.making import chain_of
from lodge_core.routing.claims import context_of
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.events.catalogue import Event
from lodge_platform.events.of_activities import ActivityCustomerChanged, Change
from lodge_platform.events.of_customers import (
    Belongings,
    CaseCustomerChanged,
    ContactPersonMoved,
    ContactPointMoved,
    CustomerChanges,
    CustomerEdited,
    CustomerMerged,
    CustomerUnmerged,
    NoteCustomerChanged,
)
from lodge_platform.events.work import Work
from lodge_platform.schema import ActiveBase
from lodge_platform.schema.active import ActivityEvent, Customer
from lodge_platform.vocabulary import CustomerKind

_TABLES = ActiveBase.metadata.tables
_CUSTOMERS = Customer.__table__
_EVENTS = ActivityEvent.__table__
_OWNING = {
    "cases": "case_ids",
    "activities": "activity_ids",
    "notes": "note_ids",
    "contact_persons": "contact_person_ids",
    "contact_points": "contact_point_ids",
}


class _Rows(msgspec.Struct, frozen=True):
    """Locked rows that belong to one customer, by table; members are customers."""

    of: dict[str, list[Row[Any]]]
    members: list[Row[Any]]


def merge(work: Work, customer_id: int, *, into_customer_id: int, expected: int | None) -> None:
    """Make `customer_id` part of `into_customer_id`, which keeps its name and gets all the rest.

    Raises NotFoundError, StaleError, ConflictError when one of them was merged already, and
    RefusedError for a customer and itself, or one within the other.
    """
    if customer_id == into_customer_id:
        raise RefusedError("a customer cannot be merged into itself", field="into_customer_id")
    lock_customers(work.connection)
    rows = _locked_rows(work.connection, customer_id)
    source, target = _pair(work.connection, customer_id, into_customer_id)
    refuse_stale(source, expected)
    for row, field in ((source, None), (target, "into_customer_id")):
        if row.merged_into_customer_id is not None:
            raise ConflictError(
                f"customer {row.customer_id} was merged into customer "
                f"{row.merged_into_customer_id}",
                field=field,
            )
    if customer_id in chain_of(work.connection, into_customer_id):
        raise RefusedError(
            f"customer {into_customer_id} belongs to customer {customer_id}; take it out first",
            field="into_customer_id",
        )
    if rows.members and target.kind == CustomerKind.INDIVIDUAL.value:
        raise RefusedError(
            "a customer with members is merged only into a group or a corporate customer",
            field="into_customer_id",
        )
    merged = work.record(
        CustomerMerged(into_customer_id=into_customer_id, moved=_keys(rows)),
        customer_id,
        department_id=source.department_id,
    )
    _move(work, rows, source, target, merged)


def unmerge(work: Work, customer_id: int, *, from_customer_id: int, expected: int | None) -> None:
    """Undo the merge: what moved then and is still there comes back.

    `expected` is of the one who took over. Raises NotFoundError, StaleError, and ConflictError for
    a customer that is not merged into that one, or whose other was itself merged since.
    """
    lock_customers(work.connection)
    merged = _last_merge(work.connection, customer_id)
    rows = _locked_rows(work.connection, from_customer_id, merged.moved if merged else None)
    target = locked_customer(work.connection, from_customer_id)
    refuse_stale(target, expected)
    source = _merged_into(work.connection, customer_id, from_customer_id)
    if merged is None or source is None:
        # The same words for a customer who is not there: who asks may not see either.
        raise ConflictError(
            f"customer {customer_id} is not merged into customer {from_customer_id}"
        )
    if target.merged_into_customer_id is not None:
        raise ConflictError(
            f"customer {from_customer_id} was merged into customer "
            f"{target.merged_into_customer_id} since; undo that first"
        )
    unmerged = work.record(
        CustomerUnmerged(from_customer_id=from_customer_id, moved=_keys(rows)),
        customer_id,
        department_id=source.department_id,
    )
    _move(work, rows, target, source, unmerged)


def _move(work: Work, rows: _Rows, old: Row[Any], new: Row[Any], caused_by: Event) -> None:
    ids = {"from_customer_id": old.customer_id, "to_customer_id": new.customer_id}
    for row in rows.of["cases"]:
        work.record(
            CaseCustomerChanged(**ids),
            row.case_id,
            case_id=row.case_id,
            department_id=row.department_id,
            caused_by=caused_by,
        )
    for row in rows.of["activities"]:
        changed = ActivityCustomerChanged(
            **ids,
            from_contact_point_id=row.contact_point_id,
            to_contact_point_id=row.contact_point_id,
        )
        work.record(changed, row.activity_id, caused_by=caused_by, **context_of(row))
    for row in rows.of["notes"]:
        work.record(
            NoteCustomerChanged(**ids),
            row.note_id,
            department_id=row.department_id,
            caused_by=caused_by,
        )
    for row in rows.of["contact_persons"]:
        work.record(
            ContactPersonMoved(**ids),
            row.contact_person_id,
            department_id=new.department_id,
            caused_by=caused_by,
        )
    for row in rows.of["contact_points"]:
        work.record(
            ContactPointMoved(**ids, contact_person_id=row.contact_person_id),
            row.contact_point_id,
            department_id=new.department_id,
            caused_by=caused_by,
        )
    for row in rows.members:
        changes = CustomerChanges(parent_customer_id=Change(old.customer_id, new.customer_id))
        work.record(
            CustomerEdited(changes),
            row.customer_id,
            department_id=row.department_id,
            caused_by=caused_by,
        )


def _keys(rows: _Rows) -> Belongings:
    keys = {field: [row[0] for row in rows.of[table]] for table, field in _OWNING.items()}
    return Belongings(**keys, member_ids=[row.customer_id for row in rows.members])


def _locked_rows(
    connection: Connection, customer_id: int, among: Belongings | None = None
) -> _Rows:
    """All that is the customer's, or of that only what `among` names, locked in the order of
    locks."""
    of: dict[str, list[Row[Any]]] = {}
    for name, field in _OWNING.items():
        keys: list[int] | None = getattr(among, field) if among else None
        of[name] = _owned(connection, _TABLES[name], "customer_id", customer_id, keys)
    keys = among.member_ids if among else None
    members = _owned(connection, _TABLES["customers"], "parent_customer_id", customer_id, keys)
    return _Rows(of, [row for row in members if row.deleted_at is None])


def _owned(
    connection: Connection, table: Table, column: str, customer_id: int, keys: list[int] | None
) -> list[Row[Any]]:
    key = next(iter(table.primary_key.columns))
    rows = connection.execute(
        select(table).where(table.c[column] == customer_id).order_by(key).with_for_update()
    )
    wanted = None if keys is None else set(keys)
    return [row for row in rows if wanted is None or row[0] in wanted]


def _pair(connection: Connection, first: int, second: int) -> tuple[Row[Any], Row[Any]]:
    rows = {key: locked_customer(connection, key) for key in sorted((first, second))}
    return rows[first], rows[second]


def _merged_into(connection: Connection, customer_id: int, into: int) -> Row[Any] | None:
    return connection.execute(
        select(_CUSTOMERS)
        .where(
            _CUSTOMERS.c.customer_id == customer_id,
            _CUSTOMERS.c.merged_into_customer_id == into,
            _CUSTOMERS.c.deleted_at.is_(None),
        )
        .with_for_update(key_share=True)
    ).one_or_none()


def _last_merge(connection: Connection, customer_id: int) -> CustomerMerged | None:
    payload = connection.execute(
        select(_EVENTS.c.payload)
        .where(
            _EVENTS.c.object_type == "customer",
            _EVENTS.c.object_id == customer_id,
            _EVENTS.c.type_code == "customer_merged",
        )
        .order_by(_EVENTS.c.event_id.desc())
        .limit(1)
    ).scalar()
    return None if payload is None else msgspec.convert(payload, CustomerMerged)
