"""What of an activity fills the parameters of data links: values by the names of SUBJECT. Reads
only."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, Case, ContactPoint, Customer
from lodge_platform.schema.master import Alias, Department, Queue

Subject = dict[str, str | None]
"""Values by name; an attribute that was not given is not there."""

_A, _C = Activity.__table__.c, Case.__table__.c
_CUSTOMERS, _POINTS = Customer.__table__.c, ContactPoint.__table__.c


def subject_of(lodge: Lodge, activity_id: int) -> Subject | None:
    """The values of one activity; None when there is no such activity."""
    return subjects_of(lodge, [activity_id]).get(activity_id)


def subjects_of(lodge: Lodge, activity_ids: Collection[int]) -> dict[int, Subject]:
    """The values of each of these activities, by key, in a few queries for all of them."""
    query = (
        select(
            _A.activity_id,
            _A.subject,
            _A.media,
            _A.case_id,
            _A.customer_id,
            _A.alias_id,
            _A.department_id,
            _A.queue_id,
            _A.attributes,
            _C.subject.label("case_subject"),
            _C.attributes.label("case_attributes"),
            _CUSTOMERS.name,
            _CUSTOMERS.attributes.label("customer_attributes"),
            _POINTS.address,
        )
        .join(Case.__table__, _C.case_id == _A.case_id)
        .join(Customer.__table__, _CUSTOMERS.customer_id == _A.customer_id)
        .outerjoin(ContactPoint.__table__, _POINTS.contact_point_id == _A.contact_point_id)
        .where(_A.activity_id.in_(sorted(activity_ids)))
    )
    with lodge.stores.active.read() as connection:
        rows = connection.execute(query).all()
    names = _Names(lodge, rows)
    return {row.activity_id: _subject(row, names) for row in rows}


class _Names:
    """What master calls the aliases, departments and queues of some activities, by key."""

    def __init__(self, lodge: Lodge, rows: Collection[Any]) -> None:
        with lodge.stores.master.read() as connection:

            def of(key: Any, name: Any, column: str) -> dict[int, str]:
                keys = {getattr(row, column) for row in rows} - {None}
                if not keys:
                    return {}
                found = connection.execute(select(key, name).where(key.in_(sorted(keys))))
                return {row[0]: row[1] for row in found}

            self.alias = of(Alias.alias_id, Alias.address, "alias_id")
            self.department = of(Department.department_id, Department.name, "department_id")
            self.queue = of(Queue.queue_id, Queue.name, "queue_id")


def _subject(row: Any, names: _Names) -> Subject:
    found: Subject = {
        "activity.number": str(row.activity_id),
        "activity.subject": row.subject,
        "activity.media": row.media.value,
        "alias.address": names.alias.get(row.alias_id),
        "case.number": str(row.case_id),
        "case.subject": row.case_subject,
        "customer.number": str(row.customer_id),
        "customer.name": row.name,
        "customer.address": row.address,
        "department.name": names.department.get(row.department_id),
        "queue.name": names.queue.get(row.queue_id),
    }
    _add(found, "activity", row.attributes)
    _add(found, "case", row.case_attributes)
    _add(found, "customer", row.customer_attributes)
    return found


def _add(found: Subject, what: str, attributes: Mapping[str, Any] | None) -> None:
    for name, value in (attributes or {}).items():
        found[f"{what}.attribute.{name}"] = _text(value)


def _text(value: Any) -> str | None:
    """An attribute as a parameter takes it; dates and instants are kept as texts already."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
