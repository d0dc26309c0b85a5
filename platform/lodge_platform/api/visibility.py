"""What a reader may see of the active store, as conditions for queries. Nothing else decides it.

Each function takes the reader and the action asked for and gives a condition on its table; a
row for which it is false is answered like one that is not there.
"""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, false, or_, select

from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import Activity, Case, Customer

Visible = Callable[[SignedIn, Action], ColumnElement[bool]]

_ACTIVITIES = Activity.__table__
_CASES = Case.__table__
_CUSTOMERS = Customer.__table__


def activities_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Activities of the reader's departments, and of queues a role is narrowed to."""
    return and_(_ACTIVITIES.c.deleted_at.is_(None), _activity_within(reader, action))


def cases_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Cases of the reader's departments, and those in which they see an activity."""
    theirs = exists().where(
        _ACTIVITIES.c.case_id == _CASES.c.case_id, activities_visible(reader, action)
    )
    is_own = _CASES.c.department_id.in_(sorted(reader.departments_with(action)))
    return and_(_CASES.c.deleted_at.is_(None), or_(is_own, theirs))


def customers_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Customers made in the reader's departments, or with a case or an activity there."""
    return and_(_CUSTOMERS.c.deleted_at.is_(None), customers_known(reader, action))


def customers_known(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """As `customers_visible`, with those that were deleted: for what is said of their end."""
    departments = sorted(reader.departments_near(action))
    known = [
        _CUSTOMERS.c.department_id.in_(departments),
        exists().where(
            _CASES.c.customer_id == _CUSTOMERS.c.customer_id,
            _CASES.c.department_id.in_(departments),
        ),
        exists().where(
            _ACTIVITIES.c.customer_id == _CUSTOMERS.c.customer_id,
            _ACTIVITIES.c.department_id.in_(departments),
        ),
    ]
    return or_(*known)


def by_department(table: FromClause, *, is_near: bool = False) -> Visible:
    """Rows whose `department_id` is one of the reader's; deleted ones are left out.

    `is_near` also takes departments in which the reader has only a queue: for what a whole
    department shares, such as articles.
    """

    def visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
        keys = reader.departments_near(action) if is_near else reader.departments_with(action)
        column: ColumnElement[Any] = table.c.department_id
        return and_(*_there(table), among(column, keys))

    return visible


def through(table: FromClause, column: str, owner: FromClause, visible: Visible) -> Visible:
    """Rows of `table` whose `column` names a visible row of `owner` (by the same column name)."""

    def within(reader: SignedIn, action: Action) -> ColumnElement[bool]:
        owners = select(owner.c[column]).where(visible(reader, action))
        return and_(*_there(table), table.c[column].in_(owners))

    return within


def sees_everywhere(reader: SignedIn, action: Action, *wanted: Action) -> bool:
    """Whether the reader may do all that is `wanted` wherever they may do `action`.

    Strict on purpose: who may not see content in one of their departments is shown none in a
    list over all of them.
    """
    return all(_does_everywhere(reader, action, one) for one in wanted)


def _does_everywhere(reader: SignedIn, action: Action, wanted: Action) -> bool:
    queues = reader.queues_with(action) - reader.queues_with(wanted)
    rest = {queue for queue in queues if not reader.may(wanted, reader.queue_departments[queue])}
    return not rest and reader.departments_with(action) <= reader.departments_with(wanted)


def among(column: ColumnElement[Any], keys: Collection[int]) -> ColumnElement[bool]:
    """Whether the column is one of the keys, said so that a page in order of its key stays quick.

    Of one department an index has the rows in order. Of several it has not, and the sum keeps
    the engine from sorting all of them: it walks the order that is asked for instead.
    """
    if len(keys) == 1:
        return column == next(iter(keys))
    return (column + 0).in_(sorted(keys))


def nobody(_reader: SignedIn, _action: Action) -> ColumnElement[bool]:
    """Nothing at all."""
    return false()


def _activity_within(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    allowed: list[ColumnElement[bool]] = [
        _ACTIVITIES.c.department_id.in_(sorted(reader.departments_with(action)))
    ]
    if queues := reader.queues_with(action):
        allowed.append(_ACTIVITIES.c.queue_id.in_(sorted(queues)))
    return or_(*allowed)


def _there(table: FromClause) -> list[ColumnElement[bool]]:
    return [table.c.deleted_at.is_(None)] if "deleted_at" in table.c else []
