"""Decide for a group of parsed mails: taken in or not, which case, which customer."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec
from sqlalchemy import Connection, select

from lodge_core import cases, customers
from lodge_core.cases.relations import related_to
from lodge_core.customers import FoundCustomer, Writer, writer_key
from lodge_core.customers.addresses import email_key
from lodge_core.customers.finding import WriterKey
from lodge_core.mail.case_finding import KnownLinks, Naming, Placement, find_cases
from lodge_core.mail.incoming import ReadMail
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import CaseOpened
from lodge_platform.schema.active import Activity, Case, Email, EmailReference, MailLedgerLine
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import ActorKind, LedgerOutcome, Mode

_EMAILS = Email.__table__
_LEDGER = MailLedgerLine.__table__
_CHUNK = 500


class Placed(msgspec.Struct, frozen=True):
    """A mail that is taken in: its case, its customer, and the key its activity will have."""

    read: ReadMail
    message_id: str
    activity_id: int
    case_id: int
    customer: FoundCustomer
    placement: Placement


class Ignored(msgspec.Struct, frozen=True):
    """A mail that is here already, and how we know."""

    read: ReadMail
    reason: str


def message_id_of(read: ReadMail) -> str:
    """The mail's own Message-ID, or one made from its content where it has none."""
    return read.mail.message_id or f"{read.raw_sha256}@no-message-id.invalid"


def place(recorder: Recorder, mails: Sequence[ReadMail]) -> list[Placed | Ignored]:
    """Decide for each mail; events of new customers, cases and merges go to the recorder."""
    if not mails:
        return []
    customers.lock_customers(recorder.connection)
    ignored = _already_here(recorder.connection, mails)
    new = [one for one in mails if one.incoming.line_id not in ignored]
    writers = customers.find_or_create(recorder, [_writer(one) for one in new])
    by_department: dict[int, list[ReadMail]] = defaultdict(list)
    for one in new:
        by_department[one.incoming.department_id].append(one)
    placed = [
        placement
        for department_id, some in by_department.items()
        for placement in _place_in(recorder, department_id, some, writers)
    ]
    return [*placed, *(ignored[m.incoming.line_id] for m in mails if m.incoming.line_id in ignored)]


def _place_in(
    recorder: Recorder,
    department_id: int,
    mails: Sequence[ReadMail],
    writers: dict[WriterKey, FoundCustomer],
) -> list[Placed]:
    named = [_naming(one) for one in mails]
    known = _known_links(recorder.connection, department_id, named)
    placements = find_cases(named, known)
    opened = _open_cases(recorder, department_id, mails, placements, writers)
    recorder.flush()
    final = _merge(recorder, placements, opened)
    existing = {p.case for p in placements if p.case > 0}
    cases.reopen_closed(recorder, {final(case) for case in existing})
    keys = allocate(recorder.connection, "activities", len(mails))
    return [
        Placed(
            read=one,
            message_id=naming.message_id,
            activity_id=key,
            case_id=final(placement.case),
            customer=writers[_key(one)],
            placement=placement,
        )
        for one, naming, placement, key in zip(mails, named, placements, keys, strict=True)
    ]


def _open_cases(
    recorder: Recorder,
    department_id: int,
    mails: Sequence[ReadMail],
    placements: Sequence[Placement],
    writers: dict[WriterKey, FoundCustomer],
) -> dict[int, int]:
    """Open a case for the first mail of each new conversation; its key by its negative number."""
    opened: dict[int, int] = {}
    count = len({placement.case for placement in placements if placement.case < 0})
    keys = iter(allocate(recorder.connection, "cases", count))
    for one, placement in zip(mails, placements, strict=True):
        if placement.case > 0 or placement.case in opened:
            continue
        case_id = opened[placement.case] = next(keys)
        customer_id = writers[_key(one)].customer_id
        recorder.record(
            CaseOpened(
                department_id=department_id, customer_id=customer_id, subject=one.mail.subject
            ),
            case_id,
            actor=Actor(ActorKind.CUSTOMER, customer_id),
            case_id=case_id,
            department_id=department_id,
            occurred_at=one.incoming.received_at,
        )
    return opened


def _merge(
    recorder: Recorder, placements: Iterable[Placement], opened: dict[int, int]
) -> Callable[[int], int]:
    """Carry out the merges; gives the function from a placement's case to the case it is in now."""
    moved: dict[int, int] = {}
    for placement in placements:
        for merge in placement.merges:
            source = opened.get(merge.from_case, merge.from_case)
            target = opened.get(merge.into_case, merge.into_case)
            cases.merge(recorder, source, into_case_id=target, evidence=placement.evidence or "")
            recorder.flush()
            moved[source] = target

    def final(case: int) -> int:
        case = opened.get(case, case)
        while case in moved:
            case = moved[case]
        return case

    return final


def _naming(read: ReadMail) -> Naming:
    return Naming(message_id_of(read), read.mail.in_reply_to, read.mail.references)


def _writer(read: ReadMail) -> Writer:
    authors = read.mail.from_
    address, name = (authors[0].address, authors[0].name) if authors else ("", "")
    return Writer(address, name, read.incoming.department_id)


def _key(read: ReadMail) -> WriterKey:
    return writer_key(_writer(read))


def _already_here(connection: Connection, mails: Sequence[ReadMail]) -> dict[int, Ignored]:
    """Mails whose very bytes this alias has taken in before, and our own mail coming back."""
    stored = _stored_before(connection, mails)
    ours = _ours(connection, mails)
    ignored: dict[int, Ignored] = {}
    for one in mails:
        same = (one.incoming.alias_id, one.raw_sha256)
        if same in stored:
            reason = f"the same bytes are in ledger line {stored[same]}"
            ignored[one.incoming.line_id] = Ignored(one, reason)
        elif one.mail.message_id in ours and _key(one).address_key == email_key(
            one.incoming.alias_address
        ):
            reason = f"our own message {one.mail.message_id} came back"
            ignored[one.incoming.line_id] = Ignored(one, reason)
        else:
            stored[same] = one.incoming.line_id
    return ignored


def _stored_before(connection: Connection, mails: Sequence[ReadMail]) -> dict[tuple[int, str], int]:
    rows = connection.execute(
        select(_LEDGER.c.alias_id, _LEDGER.c.raw_sha256, _LEDGER.c.mail_ledger_id).where(
            _LEDGER.c.raw_sha256.in_([one.raw_sha256 for one in mails]),
            _LEDGER.c.alias_id.in_({one.incoming.alias_id for one in mails}),
            _LEDGER.c.outcome == LedgerOutcome.STORED,
        )
    )
    return {(row.alias_id, row.raw_sha256): row.mail_ledger_id for row in rows}


def _ours(connection: Connection, mails: Sequence[ReadMail]) -> set[str]:
    names = [one.mail.message_id for one in mails if one.mail.message_id]
    rows = connection.execute(
        select(_EMAILS.c.message_id).where(
            _EMAILS.c.message_id.in_(names), _EMAILS.c.direction == Mode.OUTBOUND
        )
    )
    return set(rows.scalars())


def _known_links(connection: Connection, department_id: int, named: Sequence[Naming]) -> KnownLinks:
    own = {one.message_id for one in named}
    referred = {name for one in named for name in (*one.references, one.in_reply_to or "") if name}
    names = sorted(own | referred)
    of_message: dict[str, int] = {}
    referring: dict[str, set[int]] = defaultdict(set)
    references = EmailReference.__table__
    activities, found_in = Activity.__table__, Case.__table__
    # A deleted case is shown to nobody, so nothing new may come to it.
    is_there = found_in.c.deleted_at.is_(None)
    for start in range(0, len(names), _CHUNK):
        some = names[start : start + _CHUNK]
        for row in connection.execute(
            select(_EMAILS.c.message_id, activities.c.case_id)
            .join(activities, activities.c.activity_id == _EMAILS.c.activity_id)
            .join(found_in, found_in.c.case_id == activities.c.case_id)
            .where(
                _EMAILS.c.message_id.in_(some), _EMAILS.c.department_id == department_id, is_there
            )
            .order_by(_EMAILS.c.email_id)
        ):
            of_message.setdefault(row.message_id, row.case_id)
        for row in connection.execute(
            select(references.c.message_id, activities.c.case_id)
            .join(_EMAILS, _EMAILS.c.email_id == references.c.email_id)
            .join(activities, activities.c.activity_id == _EMAILS.c.activity_id)
            .join(found_in, found_in.c.case_id == activities.c.case_id)
            .where(
                references.c.message_id.in_(some),
                _EMAILS.c.department_id == department_id,
                is_there,
            )
            .distinct()
        ):
            referring[row.message_id].add(row.case_id)
    named_cases = {*of_message.values(), *(case for some in referring.values() for case in some)}
    return KnownLinks(
        of_message,
        {name: frozenset(found) for name, found in referring.items()},
        frozenset(related_to(connection, named_cases)),
    )
