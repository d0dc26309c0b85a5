"""Who is writing: customers found or made by e-mail address, a whole group of addresses at once."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from lodge_core.customers.addresses import email_key, known_only_to
from lodge_platform.events import Actor, Event, Recorder
from lodge_platform.events.catalogue import ContactPointAdded, CustomerCreated
from lodge_platform.events.of_customers import ContactPointMoved, ContactPointRestored
from lodge_platform.schema.active import ContactPoint, Customer
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ActorKind, ContactKind, CustomerKind

UNKNOWN_SENDER = "Unknown sender"
_POINTS = ContactPoint.__table__
_CUSTOMERS = Customer.__table__


class Writer(msgspec.Struct, frozen=True):
    """An address as written and the name beside it, both empty when a mail names nobody; and the
    department written to."""

    address: str
    name: str
    department_id: int | None = None


class FoundCustomer(msgspec.Struct, frozen=True):
    """The keys by which an activity names its customer."""

    customer_id: int
    contact_point_id: int


class WriterKey(NamedTuple):
    """How a writer is looked up: the department written to, and the address' key."""

    department_id: int | None
    address_key: str


class _Point(NamedTuple):
    customer_id: int
    contact_point_id: int
    is_orphan: bool


def writer_key(writer: Writer) -> WriterKey:
    """The key under which `find_or_create` gives the writer's customer."""
    return WriterKey(writer.department_id, email_key(writer.address))


def find_or_create(recorder: Recorder, writers: Iterable[Writer]) -> dict[WriterKey, FoundCustomer]:
    """The customer of each writer, by `writer_key`; those not known yet are made.

    A department's own customer of that address comes before the one everybody knows. The address
    of a deleted customer goes to a new one. The caller holds `lock_customers`; rows are written at
    the recorder's next flush.
    """
    by_key = {writer_key(writer): writer for writer in writers}
    points = _find(recorder.connection, by_key)
    found: dict[WriterKey, FoundCustomer] = {}
    new: dict[str, list[WriterKey]] = {}
    for key, writer in by_key.items():
        known = [points[form] for form in _forms(key, writer) if form in points]
        point = next((point for point in known if not point.is_orphan), None)
        if point is None:
            new.setdefault(key.address_key, []).append(key)
        else:
            found[key] = FoundCustomer(point.customer_id, point.contact_point_id)
    customer_ids = allocate(recorder.connection, "customers", len(new))
    point_ids = iter(allocate(recorder.connection, "contact_points", len(new.keys() - points)))
    for customer_id, (address_key, keys) in zip(customer_ids, new.items(), strict=True):
        created = _create(recorder, customer_id, by_key[keys[0]])
        orphan = points.get(address_key)
        if orphan is None:
            point_id = next(point_ids)
            _add_point(recorder, point_id, by_key[keys[0]], created)
        else:
            point_id = orphan.contact_point_id
            _take_over(recorder, orphan, created)
        found |= dict.fromkeys(keys, FoundCustomer(customer_id, point_id))
    return found


def _create(recorder: Recorder, customer_id: int, writer: Writer) -> Event:
    name = writer.name or writer.address or UNKNOWN_SENDER
    return recorder.record(
        CustomerCreated(kind=CustomerKind.INDIVIDUAL.value, name=name),
        customer_id,
        actor=Actor(ActorKind.CUSTOMER, customer_id),
        department_id=writer.department_id,
    )


def _add_point(recorder: Recorder, point_id: int, writer: Writer, created: Event) -> None:
    recorder.record(
        ContactPointAdded(
            customer_id=created.object_id,
            kind=ContactKind.EMAIL.value,
            address=writer.address,
            address_key=email_key(writer.address),
        ),
        point_id,
        actor=Actor(ActorKind.CUSTOMER, created.object_id),
        department_id=writer.department_id,
        caused_by=created,
    )


def _take_over(recorder: Recorder, point: _Point, created: Event) -> None:
    moved = ContactPointMoved(
        from_customer_id=point.customer_id,
        to_customer_id=created.object_id,
        contact_person_id=None,
    )
    for payload in (moved, ContactPointRestored()):
        recorder.record(
            payload,
            point.contact_point_id,
            department_id=created.department_id,
            caused_by=created,
        )


def _forms(key: WriterKey, writer: Writer) -> list[str]:
    """The keys under which the address may stand, the best first; the last is the form that was
    used before addresses were brought to NFC and ASCII domains."""
    own = [] if key.department_id is None else [known_only_to(key.department_id, key.address_key)]
    before = writer.address.strip().lower()
    is_other = before != key.address_key and "  " not in before
    return [*own, key.address_key, *([before] if is_other else [])]


def _find(connection: Connection, writers: dict[WriterKey, Writer]) -> dict[str, _Point]:
    forms = {form for key, writer in writers.items() for form in _forms(key, writer)}
    rows = connection.execute(
        select(
            _POINTS.c.address_key,
            _POINTS.c.customer_id,
            _POINTS.c.contact_point_id,
            _CUSTOMERS.c.deleted_at.is_not(None).label("is_orphan"),
        )
        .join(_CUSTOMERS, _CUSTOMERS.c.customer_id == _POINTS.c.customer_id)
        .where(_POINTS.c.kind == ContactKind.EMAIL.value, _POINTS.c.address_key.in_(sorted(forms)))
    )
    return {
        row.address_key: _Point(row.customer_id, row.contact_point_id, bool(row.is_orphan))
        for row in rows
    }
