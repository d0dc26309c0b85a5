"""Reading an activity with its whole case: customer, other activities, every message. Reads only.

A reader sees only what lies in departments and queues where the right to read is held; for all
else the answer is NotFoundError, as for what does not exist.
"""

from sqlalchemy import ColumnElement, Connection, select

from lodge_core.agents.emails import emails_of
from lodge_core.agents.lines import activity_lines, queue_names
from lodge_core.agents.views import (
    ActivityLine,
    ActivityView,
    CaseView,
    CustomerView,
)
from lodge_platform.api.visibility import activities_visible
from lodge_platform.errors import NotFoundError
from lodge_platform.identity import Action, SignedIn, rights_of
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import (
    Activity,
    Case,
    ContactPoint,
    Customer,
)
from lodge_platform.schema.master import User

_A = Activity.__table__.c


def activity_view(lodge: Lodge, activity_id: int, agent_id: int) -> ActivityView:
    """The activity as this agent may read it. Raises NotFoundError."""
    return read_activity(
        lodge, activity_id, SignedIn(0, agent_id, "", "", 0, rights_of(lodge, agent_id))
    )


def read_activity(lodge: Lodge, activity_id: int, reader: SignedIn) -> ActivityView:
    """The activity and of its case what the reader may read. Raises NotFoundError."""
    seen = activities_visible(reader, Action.ACTIVITY_READ)
    names = queue_names(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        activity = _one_line(connection, activity_id, names, seen)
        lines = activity_lines(
            connection,
            names,
            _A.case_id == activity.case_id,
            seen,
            order_by=(_A.created_at, _A.activity_id),
        )
        return ActivityView(
            activity=activity,
            case=_case(connection, activity.case_id),
            customer=_customer(connection, activity_id),
            holder=_holder(lodge, activity.agent_id),
            offer_id=connection.execute(
                select(_A.offer_id).where(_A.activity_id == activity_id)
            ).scalar(),
            activities=lines,
            emails=emails_of(connection, [line.activity_id for line in lines]),
        )


def place_of(lodge: Lodge, activity_id: int) -> tuple[int, int | None]:
    """Keys of the department and the queue an activity is in. Raises NotFoundError."""
    with lodge.stores.active.read() as connection:
        found = connection.execute(
            select(_A.department_id, _A.queue_id).where(
                _A.activity_id == activity_id, _A.deleted_at.is_(None)
            )
        ).one_or_none()
    if found is None:
        raise NotFoundError(f"no activity {activity_id}")
    return found.department_id, found.queue_id


def _one_line(
    connection: Connection,
    activity_id: int,
    names: dict[int, str],
    seen: ColumnElement[bool],
) -> ActivityLine:
    found = activity_lines(
        connection,
        names,
        _A.activity_id == activity_id,
        seen,
        order_by=(_A.activity_id,),
    )
    if not found:
        raise NotFoundError(f"no activity {activity_id}")
    return found[0]


def _case(connection: Connection, case_id: int) -> CaseView:
    case = Case.__table__.c
    row = connection.execute(
        select(case.case_id, case.subject, case.status, case.opened_at, case.closed_at).where(
            case.case_id == case_id
        )
    ).one()
    return CaseView(*row)


def _customer(connection: Connection, activity_id: int) -> CustomerView:
    customer, point = Customer.__table__.c, ContactPoint.__table__.c
    rows = connection.execute(
        select(customer.customer_id, customer.name, point.address)
        .select_from(Activity.__table__)
        .join(Customer.__table__, customer.customer_id == _A.customer_id)
        .outerjoin(
            ContactPoint.__table__,
            (point.customer_id == customer.customer_id) & point.deleted_at.is_(None),
        )
        .where(_A.activity_id == activity_id)
        .order_by(point.contact_point_id)
    ).all()
    addresses = tuple(row.address for row in rows if row.address)
    return CustomerView(rows[0].customer_id, rows[0].name, addresses)


def _holder(lodge: Lodge, agent_id: int | None) -> str | None:
    if agent_id is None:
        return None
    with lodge.stores.master.read() as connection:
        return connection.execute(
            select(User.display_name).where(User.user_id == agent_id)
        ).scalar()
