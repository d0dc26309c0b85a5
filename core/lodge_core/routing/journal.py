"""The router's book: what each round read and decided, so that it can be decided again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from lodge_core.routing.route import route
from lodge_core.routing.snapshot import Decision, Rules, Snapshot
from lodge_platform.errors import ConflictError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import RoutingDecision
from lodge_platform.stores import allocate

_JOURNAL = RoutingDecision.__table__
_PAGE = 500


class Round(msgspec.Struct, frozen=True):
    """One round of the router, as the journal keeps it."""

    routing_decision_id: int
    decided_at: datetime
    snapshot: Snapshot
    rules: Rules
    decisions: tuple[Decision, ...]


class Replayed(msgspec.Struct, frozen=True):
    """How many rounds and decisions were decided again, and the keys of rounds that differ."""

    rounds: int
    decisions: int
    differing: tuple[int, ...]


class _Inputs(msgspec.Struct, frozen=True):
    snapshot: Snapshot
    rules: Rules


def write_round(
    connection: Connection,
    snapshot: Snapshot,
    rules: Rules,
    *,
    decisions: Sequence[Decision],
    configuration_version_id: int,
    fencing_token: int,
    now: datetime,
) -> int:
    """Write one round and give its key. Raises ConflictError under an older lease than the last's.

    The caller holds no newer lease than the one its token names, so a router that was stopped
    for a while and another that took over never both decide.
    """
    refuse_if_fenced(connection, fencing_token)
    [key] = allocate(connection, "routing_decisions")
    row = {
        "routing_decision_id": key,
        "decided_at": now,
        "configuration_version_id": configuration_version_id,
        "fencing_token": fencing_token,
        "snapshot": msgspec.to_builtins(_Inputs(snapshot, rules)),
        "decisions": msgspec.to_builtins(list(decisions)),
    }
    connection.execute(insert(RoutingDecision), row)
    return key


def refuse_if_fenced(connection: Connection, fencing_token: int) -> None:
    """Raise ConflictError when a router with a newer lease has decided already."""
    last = connection.execute(
        select(_JOURNAL.c.fencing_token).order_by(_JOURNAL.c.routing_decision_id.desc()).limit(1)
    ).scalar()
    if last is not None and last > fencing_token:
        raise ConflictError(
            f"another router took over under lease {last}; this one has lease {fencing_token}"
        )


def replay(lodge: Lodge, *, since: datetime | None = None) -> Replayed:
    """Decide every journalled round again, from `since` on; the same values must give the same."""
    rounds = decisions = 0
    differing: list[int] = []
    with lodge.stores.active.read() as connection:
        for one in read_rounds(connection, since=since):
            rounds += 1
            decisions += len(one.decisions)
            if tuple(route(one.snapshot, one.rules, one.decided_at)) != one.decisions:
                differing.append(one.routing_decision_id)
    return Replayed(rounds, decisions, tuple(differing))


def read_rounds(connection: Connection, *, since: datetime | None = None) -> Iterator[Round]:
    """Every round of the journal, in order."""
    last = 0
    while True:
        statement = (
            select(_JOURNAL)
            .where(_JOURNAL.c.routing_decision_id > last)
            .order_by(_JOURNAL.c.routing_decision_id)
            .limit(_PAGE)
        )
        if since is not None:
            statement = statement.where(_JOURNAL.c.decided_at >= since)
        rows = connection.execute(statement).all()
        yield from map(_round, rows)
        if not rows:
            return
        last = rows[-1].routing_decision_id


def read_round(connection: Connection, routing_decision_id: int) -> Round:
    """One round of the journal."""
    wanted = select(_JOURNAL).where(_JOURNAL.c.routing_decision_id == routing_decision_id)
    return _round(connection.execute(wanted).one())


def _round(row: Row[Any]) -> Round:
    inputs = msgspec.convert(row.snapshot, _Inputs)
    return Round(
        routing_decision_id=row.routing_decision_id,
        decided_at=row.decided_at,
        snapshot=inputs.snapshot,
        rules=inputs.rules,
        decisions=tuple(msgspec.convert(row.decisions, list[Decision])),
    )
