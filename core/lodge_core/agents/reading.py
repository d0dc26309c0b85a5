"""Reading an activity with its whole case: customer, other activities, every message. Reads only.

A reader sees only what lies in departments where the right to read is held; for all else the
answer is NotFoundError, as for what does not exist.
"""

from collections.abc import Collection

from sqlalchemy import Connection, select

from lodge_core.agents.emails import emails_of
from lodge_core.agents.lines import activity_lines, queue_names
from lodge_core.agents.views import (
    ActivityLine,
    ActivityView,
    CaseView,
    CustomerView,
)
from lodge_platform.errors import NotFoundError
from lodge_platform.identity import Action, rights_of
from lodge_platform.identity.signed_in import departments_with
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
    rights = rights_of(lodge, agent_id)
    return read_activity(lodge, activity_id, departments_with(rights, Action.ACTIVITY_READ))


def read_activity(lodge: Lodge, activity_id: int, department_ids: Collection[int]) -> ActivityView:
    """The activity and its case, of these departments only. Raises NotFoundError."""
    names = queue_names(lodge.stores.master)
    with lodge.stores.active.read() as connection:
        activity = _one_line(connection, activity_id, names, department_ids)
        lines = activity_lines(
            connection,
            names,
            _A.case_id == activity.case_id,
            _A.department_id.in_(list(department_ids)),
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


def department_of(lodge: Lodge, activity_id: int) -> int:
    """Key of the department an activity is worked in. Raises NotFoundError."""
    with lodge.stores.active.read() as connection:
        found = connection.execute(
            select(_A.department_id).where(_A.activity_id == activity_id)
        ).scalar()
    if found is None:
        raise NotFoundError(f"no activity {activity_id}")
    return found


def _one_line(
    connection: Connection,
    activity_id: int,
    names: dict[int, str],
    department_ids: Collection[int],
) -> ActivityLine:
    found = activity_lines(
        connection,
        names,
        _A.activity_id == activity_id,
        _A.department_id.in_(list(department_ids)),
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
        .outerjoin(ContactPoint.__table__, point.customer_id == customer.customer_id)
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
