"""Who is writing: customers found or made by contact point, a whole group of addresses at once."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, select, text

from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import ContactPointAdded, CustomerCreated
from lodge_platform.schema.active import ContactPoint
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ActorKind

UNKNOWN_SENDER = "Unknown sender"
_LOCK = 4_610_001  # any number, as long as nobody else takes it


class Writer(msgspec.Struct, frozen=True):
    """An address as written and the name beside it; both empty when a mail names nobody."""

    address: str
    name: str


class FoundCustomer(msgspec.Struct, frozen=True):
    """The keys by which an activity names its customer."""

    customer_id: int
    contact_point_id: int


def address_key(address: str) -> str:
    """The form in which an address is looked up."""
    return address.strip().lower()


def lock_customers(connection: Connection) -> None:
    """Let one transaction at a time find or make customers, so that nobody is made twice.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def find_or_create(recorder: Recorder, writers: Iterable[Writer]) -> dict[str, FoundCustomer]:
    """The customer of each writer, by `address_key`; those not known yet are made.

    The caller holds `lock_customers`; rows are written at the recorder's next flush.
    """
    by_key = {address_key(writer.address): writer for writer in writers}
    found = _find(recorder.connection, by_key)
    missing = [key for key in by_key if key not in found]
    customer_ids = allocate(recorder.connection, "customers", len(missing))
    point_ids = allocate(recorder.connection, "contact_points", len(missing))
    for key, customer_id, point_id in zip(missing, customer_ids, point_ids, strict=True):
        writer = by_key[key]
        actor = Actor(ActorKind.CUSTOMER, customer_id)
        name = writer.name or writer.address or UNKNOWN_SENDER
        created = recorder.record(
            CustomerCreated(kind="individual", name=name), customer_id, actor=actor
        )
        recorder.record(
            ContactPointAdded(
                customer_id=customer_id, kind="email", address=writer.address, address_key=key
            ),
            point_id,
            actor=actor,
            caused_by=created,
        )
        found[key] = FoundCustomer(customer_id, point_id)
    return found


def _find(connection: Connection, keys: Iterable[str]) -> dict[str, FoundCustomer]:
    table = ContactPoint.__table__
    rows = connection.execute(
        select(table.c.address_key, table.c.customer_id, table.c.contact_point_id).where(
            table.c.kind == "email", table.c.address_key.in_(list(keys))
        )
    )
    return {row.address_key: FoundCustomer(row.customer_id, row.contact_point_id) for row in rows}
