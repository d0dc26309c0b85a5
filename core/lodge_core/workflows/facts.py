"""Read what workflows ask about, for a whole batch of activities at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from lodge_core.workflows.decide import Facts
from lodge_core.workflows.language import Automatic
from lodge_platform.schema.active import Activity, Case, Customer, Email
from lodge_platform.vocabulary import Mode

_ACTIVITIES = Activity.__table__
_CASES = Case.__table__
_CUSTOMERS = Customer.__table__
_EMAILS = Email.__table__
_MOST_CASES = 100


def read_facts(
    connection: Connection, activities: Sequence[Row[Any]], alias_addresses: Mapping[int, str]
) -> dict[int, Facts]:
    """The facts of each activity, by key; a media without mails has empty ones."""
    keys = [activity.activity_id for activity in activities]
    mails = _first_mails(connection, keys)
    customers = _customers(connection, keys)
    found: dict[int, Facts] = {}
    for activity in activities:
        mail = mails.get(activity.activity_id)
        name, cases = customers[activity.activity_id]
        found[activity.activity_id] = Facts(
            subject=activity.subject,
            body=(mail.text_body or "") if mail else "",
            sender_address=mail.from_address if mail else "",
            sender_name=mail.from_name if mail else "",
            alias=alias_addresses.get(activity.alias_id, ""),
            customer_name=name,
            earlier_cases=cases,
            automatic=Automatic(mail.automatic_kind) if mail else Automatic.NONE,
        )
    return found


def _first_mails(connection: Connection, keys: Sequence[int]) -> dict[int, Any]:
    rows: Iterable[Any] = connection.execute(
        select(
            _EMAILS.c.activity_id,
            _EMAILS.c.text_body,
            _EMAILS.c.from_address,
            _EMAILS.c.from_name,
            _EMAILS.c.automatic_kind,
        )
        .where(_EMAILS.c.activity_id.in_(keys), _EMAILS.c.direction == Mode.INBOUND)
        .order_by(_EMAILS.c.email_id.desc())
    )
    return {row.activity_id: row for row in rows}


def _customers(connection: Connection, keys: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Name and number of earlier cases, counted up to a limit, by activity."""
    earlier = (
        select(_CASES.c.case_id)
        .where(
            _CASES.c.customer_id == _ACTIVITIES.c.customer_id,
            _CASES.c.case_id < _ACTIVITIES.c.case_id,
        )
        .limit(_MOST_CASES)
        .correlate(_ACTIVITIES)
        .subquery()
    )
    count = select(func.count()).select_from(earlier).scalar_subquery()
    rows = connection.execute(
        select(_ACTIVITIES.c.activity_id, _CUSTOMERS.c.name, count.label("earlier"))
        .join(_CUSTOMERS, _CUSTOMERS.c.customer_id == _ACTIVITIES.c.customer_id)
        .where(_ACTIVITIES.c.activity_id.in_(keys))
    )
    return {row.activity_id: (row.name, row.earlier) for row in rows}
