"""Leases: one holder at a time for each service instance, under a token that only grows.

All functions take a connection of `master.write()`, so that a take is one transaction; `now` is
the holder's clock. A holder that is killed keeps the instance until its lease lapses.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from lodge_platform.errors import ConflictError
from lodge_platform.schema.master import ServiceInstance, ServiceLease

LEASE_SECONDS = 15.0
RENEW_SECONDS = 3.0
_TABLE = ServiceLease.__table__


@dataclass(frozen=True)
class Lease:
    """The right to run one instance until `expires_at`; a write under an older token is refused."""

    service_instance_id: int
    holder: str
    fencing_token: int
    expires_at: datetime


def take(
    connection: Connection,
    service_instance_id: int,
    *,
    holder: str,
    now: datetime,
    seconds: float = LEASE_SECONDS,
) -> Lease | None:
    """Take the lease if nobody holds it or it has lapsed; None while another holder lives.

    Taking one's own again gives a new token as well: what the earlier one began is then void.
    """
    row = _locked(connection, service_instance_id)
    if row and row.holder not in (None, holder) and row.expires_at > now:
        return None
    token = (row.fencing_token if row else 0) + 1
    lease = Lease(service_instance_id, holder, token, now + timedelta(seconds=seconds))
    values = {
        "holder": holder,
        "fencing_token": token,
        "expires_at": lease.expires_at,
        "heartbeat_at": now,
        "started_at": now,
    }
    if row is None:
        key = {"service_instance_id": service_instance_id, "failures_in_row": 0}
        connection.execute(insert(ServiceLease).values(values | key))
    else:
        connection.execute(_of(service_instance_id).values(values))
    return lease


def renew(
    connection: Connection,
    lease: Lease,
    *,
    now: datetime,
    last_success_at: datetime | None = None,
    seconds: float = LEASE_SECONDS,
) -> Lease | None:
    """Hold on for `seconds` more and note the last good round; None when the lease is lost.

    A lapsed lease that nobody took meanwhile is still ours.
    """
    renewed = replace(lease, expires_at=now + timedelta(seconds=seconds))
    values: dict[str, Any] = {"expires_at": renewed.expires_at, "heartbeat_at": now}
    if last_success_at is not None:
        values["last_success_at"] = last_success_at
    written = connection.execute(_held(lease).values(values)).rowcount
    return renewed if written == 1 else None


def release(connection: Connection, lease: Lease, *, now: datetime) -> None:
    """Give the instance free for whoever wants it next; nothing happens when it was lost."""
    connection.execute(_held(lease).values(holder=None, expires_at=now))


def release_dead(connection: Connection, holders: Collection[str], *, now: datetime) -> int:
    """Give free what processes held that are known to have ended; gives how many leases."""
    statement = update(ServiceLease).where(ServiceLease.holder.in_(list(holders)))
    return connection.execute(statement.values(holder=None, expires_at=now)).rowcount


def note_success(connection: Connection, lease: Lease, *, now: datetime) -> None:
    """The round went well: nothing is wrong any more."""
    connection.execute(
        _held(lease).values(
            last_success_at=now, last_error=None, last_error_at=None, failures_in_row=0
        )
    )


def note_failure(
    connection: Connection, lease: Lease, *, said: str, now: datetime, failures_in_row: int
) -> None:
    """The round failed; `said` says what and where, with secrets already struck out."""
    values = {"last_error": said, "last_error_at": now, "failures_in_row": failures_in_row}
    connection.execute(_held(lease).values(values))


def require_current(connection: Connection, lease: Lease) -> None:
    """Raise ConflictError unless the lease's token is still the newest.

    Call it in the transaction of a write to master that only the holder may make.
    """
    row = _locked(connection, lease.service_instance_id)
    if row is None or row.fencing_token != lease.fencing_token or row.holder != lease.holder:
        raise ConflictError(
            f"the lease of service instance {lease.service_instance_id} with token "
            f"{lease.fencing_token} was lost to {row.holder if row else 'nobody'}"
        )


def living_holders(connection: Connection, *, now: datetime) -> set[str]:
    """Every holder whose lease has not lapsed."""
    statement = select(ServiceLease.holder).where(
        ServiceLease.holder.is_not(None), ServiceLease.expires_at > now
    )
    return {str(holder) for holder in connection.execute(statement).scalars()}


def _locked(connection: Connection, service_instance_id: int) -> Row[Any] | None:
    # The instance's row is there before any lease is, so two first takers follow one another.
    connection.execute(
        select(ServiceInstance.service_instance_id)
        .where(ServiceInstance.service_instance_id == service_instance_id)
        .with_for_update()
    ).one()
    return connection.execute(
        select(_TABLE).where(_TABLE.c.service_instance_id == service_instance_id).with_for_update()
    ).first()


def _of(service_instance_id: int) -> Any:
    return update(ServiceLease).where(ServiceLease.service_instance_id == service_instance_id)


def _held(lease: Lease) -> Any:
    return _of(lease.service_instance_id).where(
        ServiceLease.holder == lease.holder, ServiceLease.fencing_token == lease.fencing_token
    )
