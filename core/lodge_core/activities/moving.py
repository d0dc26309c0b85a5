"""An activity goes to another case, or turns out to be another customer's."""

from sqlalchemy import select

from lodge_core import cases
from lodge_core.cases.editing import refuse_merged
from lodge_core.cases.relations import relate_locked
from lodge_core.customers.locking import hold_customers, usable_customer
from lodge_core.routing.claims import context_of, lock_activity, lock_case, lock_with_case
from lodge_platform.api.matching import refuse_stale
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.events.catalogue import ActivityCaseChanged
from lodge_platform.events.of_activities import ActivityCustomerChanged
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import ContactPoint
from lodge_platform.vocabulary import ActivityStatus

_POINTS = ContactPoint.__table__


def change_case(work: Work, activity_id: int, case_id: int, *, expected: int | None = None) -> None:
    """Move an activity to another case; the two are related from then on.

    An open activity reopens a closed case; a case left without open ones closes. Raises
    ConflictError when it is there already, or the case is merged into another.
    """
    activity = lock_with_case(work.connection, activity_id, and_cases=[case_id])
    case = lock_case(work.connection, case_id)
    refuse_stale(activity, expected)
    refuse_merged(case)
    if activity.case_id == case_id:
        raise ConflictError(f"activity {activity_id} is in case {case_id} already")
    is_open = activity.status is not ActivityStatus.COMPLETED
    if is_open:
        cases.reopen_closed(work.recorder, [case_id], actor=work.actor)
    context = context_of(activity) | {"case_id": case_id}
    moved = work.record(
        ActivityCaseChanged(from_case_id=activity.case_id, to_case_id=case_id),
        activity_id,
        **context,
    )
    relate_locked(work.recorder, activity.case_id, case_id, actor=work.actor, caused_by=moved)
    work.flush()
    if is_open:
        cases.close_if_done(work.recorder, activity.case_id, actor=work.actor, caused_by=moved)
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def change_customer(
    work: Work,
    activity_id: int,
    customer_id: int,
    *,
    contact_point_id: int | None = None,
    expected: int | None = None,
) -> None:
    """Say that an activity is another customer's; its case stays whose it was.

    Raises NotFoundError for an unknown customer, ConflictError for a merged one, RefusedError for
    a contact point of another.
    """
    hold_customers(work.connection)
    activity = lock_activity(work.connection, activity_id)
    refuse_stale(activity, expected)
    usable_customer(work.connection, customer_id)
    points = work.connection.execute(
        select(_POINTS.c.contact_point_id).where(
            _POINTS.c.customer_id == customer_id, _POINTS.c.deleted_at.is_(None)
        )
    ).scalars()
    own = set(points)
    if contact_point_id is not None and contact_point_id not in own:
        raise RefusedError(
            f"no contact point {contact_point_id} of that customer",
            field="contact_point_id",
            allowed=[str(key) for key in sorted(own)],
        )
    if contact_point_id is None and activity.contact_point_id in own:
        contact_point_id = activity.contact_point_id
    before = (activity.customer_id, activity.contact_point_id)
    if before == (customer_id, contact_point_id):
        return
    work.record(
        ActivityCustomerChanged(
            from_customer_id=activity.customer_id,
            to_customer_id=customer_id,
            from_contact_point_id=activity.contact_point_id,
            to_contact_point_id=contact_point_id,
        ),
        activity_id,
        **context_of(activity),
    )
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)
