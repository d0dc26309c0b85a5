"""An article inserted in an answer: its macros replaced by values of the activity."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from lodge_core.articles.html import words_of
from lodge_core.articles.link_macros import link_values
from lodge_core.articles.macros import expand, macros_in
from lodge_core.console.html_mail import sanitise
from lodge_platform.errors import NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import Activity, Case, ContactPoint, Customer
from lodge_platform.schema.master import Department

_A, _C = Activity.__table__.c, Case.__table__.c
_NEEDS = {
    "activity.subject": Action.CONTENT_READ,
    "case.subject": Action.CONTENT_READ,
    "customer.address": Action.PERSONAL_READ,
    "customer.name": Action.PERSONAL_READ,
}


class ExpandedArticle(Struct, frozen=True, kw_only=True):
    """An article ready for an answer; `empty` names the macros for which there was no value, and
    `reasons` says, as "NAME: why", for those of data links why there was none."""

    html: str
    text: str
    empty: list[str]
    reasons: list[str]


def expand_article(
    lodge: Lodge, html: str, activity_id: int, *, reader: SignedIn, now: datetime
) -> ExpandedArticle:
    """`html`, an article's, for an answer to the activity, which the reader is known to see.

    Raises ForbiddenError when a macro stands for what the reader may not see in the activity's
    department, NotFoundError, RefusedError when the result is too long. A data link is asked once,
    for the reader, whatever number of macros name it; one that does not answer leaves them empty.
    """
    names = macros_in(html)
    with lodge.stores.active.read() as connection:
        activity = _activity(connection, activity_id)
    for name in names:
        if name in _NEEDS:
            reader.require(_NEEDS[name], activity.department_id, activity.queue_id)
    values = {
        "activity.number": str(activity_id),
        "activity.subject": activity.subject,
        "agent.name": reader.display_name,
        "case.number": str(activity.case_id),
        "case.subject": activity.case_subject,
        "customer.address": activity.address,
        "customer.name": activity.name,
        "department.name": _department(lodge, activity.department_id),
        "today": now.date().isoformat(),
    }
    place = activity.department_id, activity.queue_id
    linked = link_values(lodge, names, activity_id, reader=reader, place=place, now=now)
    expanded = expand(html, values | linked.values, is_html=True)
    harmless = sanitise(expanded.text, {}).html
    return ExpandedArticle(
        html=harmless,
        text=words_of(harmless),
        empty=list(expanded.empty),
        reasons=[f"{name}: {why}" for name, why in linked.reasons.items()],
    )


def _activity(connection: Connection, activity_id: int) -> Any:
    customer, point = Customer.__table__.c, ContactPoint.__table__.c
    row = connection.execute(
        select(
            _A.department_id,
            _A.queue_id,
            _A.case_id,
            _A.subject,
            _C.subject.label("case_subject"),
            customer.name,
            point.address,
        )
        .select_from(Activity.__table__)
        .join(Case.__table__, _C.case_id == _A.case_id)
        .join(Customer.__table__, customer.customer_id == _A.customer_id)
        .outerjoin(ContactPoint.__table__, point.contact_point_id == _A.contact_point_id)
        .where(_A.activity_id == activity_id, _A.deleted_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFoundError(f"no activity {activity_id}")
    return row


def _department(lodge: Lodge, department_id: int) -> str | None:
    with lodge.stores.master.read() as connection:
        return connection.execute(
            select(Department.name).where(Department.department_id == department_id)
        ).scalar()
