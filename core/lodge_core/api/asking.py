"""What every change of work asks first: is it there for the reader, and may they do that."""

from typing import Any

from sqlalchemy import Row

from lodge_core.api.activity_collections import ACTIVITIES
from lodge_core.api.case_collections import CASES
from lodge_platform.api import Call, Collection, refuse_stale
from lodge_platform.api.visibility import customers_visible
from lodge_platform.errors import ForbiddenError, NotFoundError, RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import Customer

# Only to look customers up by; what the API shows of them is declared with customers.
CUSTOMERS = Collection(
    name="customers",
    one="customer",
    table=Customer.__table__,
    action=Action.CUSTOMER_READ,
    visible=customers_visible,
)


def activity_for(call: Call, key: int, action: Action, match: int | None = None) -> Row[Any]:
    """The activity, on which the reader may do `action`.

    Raises NotFoundError for one that they may not see, ForbiddenError for one they only see,
    StaleError for another version than `match`; what changes it asks again under its lock.
    """
    row = call.visible(ACTIVITIES, key)
    call.require(action, row.department_id, row.queue_id)
    refuse_stale(row, match)
    return row


def case_for(
    call: Call, key: int, match: int | None = None, *, action: Action = Action.CASE_WORK
) -> Row[Any]:
    """The case, on which the reader may do `action`, as `activity_for`.

    A role narrowed to queues counts for the cases of activities in them.
    """
    row = call.visible(CASES, key)
    if row.department_id not in call.reader.departments_near(action):
        raise ForbiddenError(f"you lack the right {action.value}")
    if not call.reader.may(action, row.department_id):
        try:
            call.visible(CASES, key, action)
        except NotFoundError as error:
            raise ForbiddenError(f"you lack the right {action.value}") from error
    refuse_stale(row, match)
    return row


def named(
    call: Call, collection: Collection, key: int, *, field: str, action: Action | None = None
) -> Row[Any]:
    """A thing that the body names in `field`, which the reader may see (or do `action` to).

    Raises RefusedError alike for what is not there and for what they may not see.
    """
    try:
        return call.visible(collection, key, action)
    except NotFoundError as error:
        raise RefusedError(f"no {collection.one} {key} that you may see", field=field) from error
