"""What waits: mail seen but not stored, quarantine, the outbox, the exception queues."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from lodge_platform.schema.active import Activity, MailLedgerLine, OutboxMessage, QuarantinedInput
from lodge_platform.schema.master import Queue
from lodge_platform.vocabulary import (
    ActivityStatus,
    LedgerOutcome,
    OutboxStatus,
    QuarantineStatus,
)

_TOO_LONG = timedelta(minutes=5)


@dataclass(frozen=True)
class Waiting:
    """Counts, and the oldest instants where age is a sign of trouble; None where nothing waits."""

    ledger_lines: int
    quarantine: int
    outbox_waiting: int
    outbox_unknown: int
    exception_queue: int
    oldest_ledger_line_at: datetime | None = None
    oldest_outbox_due_at: datetime | None = None

    def problems(self, now: datetime) -> list[str]:
        """What of it a person should look at."""
        found: list[str] = []
        if self.oldest_outbox_due_at and now - self.oldest_outbox_due_at > _TOO_LONG:
            found.append(
                f"outbox: a line is due since {_minutes(now - self.oldest_outbox_due_at)} minutes; "
                "is the dispatcher running?"
            )
        if self.outbox_unknown:
            found.append(
                f"outbox: {self.outbox_unknown} perhaps sent; a person must decide about each"
            )
        if self.oldest_ledger_line_at and now - self.oldest_ledger_line_at > _TOO_LONG:
            found.append(
                f"mail ledger: {self.ledger_lines} seen and not dealt with, the oldest since "
                f"{_minutes(now - self.oldest_ledger_line_at)} minutes"
            )
        return found


def read_waiting(active: Connection, master: Connection, *, now: datetime) -> Waiting:
    """What waits at `now`, in one read of each store."""
    line, out = MailLedgerLine, OutboxMessage
    seen = active.execute(
        select(func.count(), func.min(line.seen_at)).where(line.outcome == LedgerOutcome.SEEN)
    ).one()
    waiting = active.execute(
        select(func.count(), func.min(out.due_at)).where(
            out.status.in_([OutboxStatus.WAITING, OutboxStatus.CLAIMED])
        )
    ).one()
    unknown = select(func.count()).where(out.status == OutboxStatus.UNKNOWN)
    quarantine = select(func.count()).where(QuarantinedInput.status == QuarantineStatus.WAITING)
    exception = master.execute(select(Queue.queue_id).where(Queue.is_exception)).scalars().all()
    queued = select(func.count()).where(
        Activity.queue_id.in_(exception), Activity.status == ActivityStatus.QUEUED
    )
    return Waiting(
        ledger_lines=seen[0],
        quarantine=active.execute(quarantine).scalar_one(),
        outbox_waiting=waiting[0],
        outbox_unknown=active.execute(unknown).scalar_one(),
        exception_queue=active.execute(queued).scalar_one() if exception else 0,
        oldest_ledger_line_at=seen[1],
        oldest_outbox_due_at=waiting[1],
    )


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds() // 60)
