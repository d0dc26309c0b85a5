"""Which events a reader may see, as a condition for queries on `activity_events`.

Rights are of the event: its department and queue are those of the time when it happened. Events
without a department are shown to nobody, but those of customers whom the reader may see; an
object that is not named here is shown to nobody.
"""

from sqlalchemy import ColumnElement, and_, case, or_, select

from lodge_platform.api.visibility import customers_known
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import ActivityEvent, ContactPerson, ContactPoint, Customer

OF_WORK = frozenset({"activity", "case", "case_relation", "email", "offer"})
OF_CUSTOMERS = frozenset({"contact_person", "contact_point", "customer"})
# Whole departments only: what they say is of no single queue.
OF_DEPARTMENTS = {
    "agent_state": Action.ACTIVITY_READ,
    "quarantine": Action.QUARANTINE_READ,
}
NOTE = "note"
ATTACHMENT = "attachment"
OF_ARTICLES = frozenset({"article", "article_folder"})
_OF_READERS = ("article_published", "article_withdrawn", "article_deleted")

_EVENTS = ActivityEvent.__table__
_CUSTOMERS = Customer.__table__
_POINTS = ContactPoint.__table__
_PERSONS = ContactPerson.__table__


def events_visible(reader: SignedIn) -> ColumnElement[bool]:
    """The events this reader may see."""
    whole_departments = [
        and_(_EVENTS.c.object_type == kind, _in(reader.departments_with(action)))
        for kind, action in OF_DEPARTMENTS.items()
    ]
    return or_(
        and_(_EVENTS.c.object_type.in_(sorted(OF_WORK)), _of_work(reader)),
        and_(_EVENTS.c.object_type == NOTE, _of_notes(reader)),
        and_(_EVENTS.c.object_type == ATTACHMENT, _of_attachments(reader)),
        and_(_EVENTS.c.object_type.in_(sorted(OF_CUSTOMERS)), _of_customers(reader)),
        and_(_EVENTS.c.object_type.in_(sorted(OF_ARTICLES)), _of_articles(reader)),
        *whole_departments,
    )


def _of_work(reader: SignedIn) -> ColumnElement[bool]:
    queues = sorted(reader.queues_with(Action.ACTIVITY_READ))
    return or_(
        _in(reader.departments_with(Action.ACTIVITY_READ)),
        and_(_in(reader.departments_near(Action.ACTIVITY_READ)), _EVENTS.c.queue_id.in_(queues)),
    )


def _of_notes(reader: SignedIn) -> ColumnElement[bool]:
    """A note about work is seen by who sees the work, one about a customer by who sees these."""
    is_of_work = or_(_EVENTS.c.case_id.is_not(None), _EVENTS.c.activity_id.is_not(None))
    return or_(
        and_(is_of_work, _of_work(reader)),
        and_(~is_of_work, _in(reader.departments_with(Action.CUSTOMER_READ))),
    )


def _of_attachments(reader: SignedIn) -> ColumnElement[bool]:
    """A file of an activity is seen by who sees that, one of an article by who writes these."""
    is_of_work = _EVENTS.c.activity_id.is_not(None)
    return or_(
        and_(is_of_work, _of_work(reader)),
        and_(~is_of_work, _in(reader.departments_near(Action.ARTICLE_WRITE))),
    )


def _of_customers(reader: SignedIn) -> ColumnElement[bool]:
    if not reader.may(Action.CUSTOMER_READ):
        return _in(())
    kind, key = _EVENTS.c.object_type, _EVENTS.c.object_id
    customer_id = case(
        (kind == "customer", key),
        (
            kind == "contact_point",
            select(_POINTS.c.customer_id)
            .where(_POINTS.c.contact_point_id == key)
            .scalar_subquery(),
        ),
        else_=select(_PERSONS.c.customer_id)
        .where(_PERSONS.c.contact_person_id == key)
        .scalar_subquery(),
    )
    known = select(_CUSTOMERS.c.customer_id).where(customers_known(reader, Action.CUSTOMER_READ))
    return or_(_in(reader.departments_near(Action.CUSTOMER_READ)), customer_id.in_(known))


def _of_articles(reader: SignedIn) -> ColumnElement[bool]:
    """Readers see what is published, withdrawn or deleted; who writes sees drafts and folders."""
    return or_(
        _in(reader.departments_near(Action.ARTICLE_WRITE)),
        and_(
            _in(reader.departments_near(Action.ARTICLE_READ)),
            _EVENTS.c.type_code.in_(_OF_READERS),
        ),
    )


def _in(departments: frozenset[int] | tuple[()]) -> ColumnElement[bool]:
    return _EVENTS.c.department_id.in_(sorted(departments))
