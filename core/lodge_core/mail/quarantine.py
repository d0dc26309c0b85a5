"""What could not be taken in waits here with its bytes and its reason, and can be tried again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, update

from lodge_core.mail.incoming import Unread
from lodge_core.mail.placing import Ignored, Placed
from lodge_platform.events import Recorder
from lodge_platform.events.catalogue import InputQuarantined
from lodge_platform.schema.active import QuarantinedInput
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import QuarantineStatus

QUARANTINE = QuarantinedInput.__table__


def put(recorder: Recorder, unread: Sequence[Unread]) -> dict[int, int]:
    """Write or, after a retry, rewrite a line for each; gives quarantine keys by ledger line."""
    new = [one for one in unread if one.incoming.quarantine_id is None]
    keys = allocate(recorder.connection, "quarantine", len(new))
    lines = [_line(recorder, one) | {"quarantine_id": k} for one, k in zip(new, keys, strict=True)]
    if lines:
        recorder.connection.execute(insert(QUARANTINE), lines)
    by_line = {one.incoming.line_id: key for one, key in zip(new, keys, strict=True)}
    for one in unread:
        if one.incoming.quarantine_id is not None:
            _note_failed_retry(recorder, one)
            by_line[one.incoming.line_id] = one.incoming.quarantine_id
        payload = InputQuarantined(
            stage=one.stage, reason_code=one.reason_code, raw_sha256=one.raw_sha256
        )
        department_id = one.incoming.department_id
        recorder.record(payload, by_line[one.incoming.line_id], department_id=department_id)
    recorder.flush()
    return by_line


def leave(recorder: Recorder, stored: Sequence[Placed], ignored: Sequence[Ignored]) -> None:
    """Close the lines of those that a retry took in, or found to be here already."""
    activities = {one.read.incoming.quarantine_id: one.activity_id for one in stored}
    outcomes = [
        *((key, QuarantineStatus.TAKEN_IN, activity) for key, activity in activities.items()),
        *((one.read.incoming.quarantine_id, QuarantineStatus.DISMISSED, None) for one in ignored),
    ]
    lines = [
        {"line_key": key, "status": status, "activity_id": activity, "retried_at": recorder.now}
        for key, status, activity in outcomes
        if key is not None
    ]
    if lines:
        recorder.connection.execute(
            update(QUARANTINE)
            .where(QUARANTINE.c.quarantine_id == bindparam("line_key"))
            .values(
                status=bindparam("status"),
                activity_id=bindparam("activity_id"),
                retried_at=bindparam("retried_at"),
                attempts=QUARANTINE.c.attempts + 1,
            ),
            lines,
        )


def _line(recorder: Recorder, one: Unread) -> dict[str, Any]:
    return {
        "department_id": one.incoming.department_id,
        "alias_id": one.incoming.alias_id,
        "stage": one.stage,
        "reason_code": one.reason_code,
        "detail": one.detail,
        "raw_sha256": one.raw_sha256,
        "size_bytes": len(one.incoming.raw),
        "status": QuarantineStatus.WAITING,
        "attempts": 1,
        "quarantined_at": recorder.now,
    }


def _note_failed_retry(recorder: Recorder, one: Unread) -> None:
    recorder.connection.execute(
        update(QUARANTINE)
        .where(QUARANTINE.c.quarantine_id == one.incoming.quarantine_id)
        .values(
            stage=one.stage,
            reason_code=one.reason_code,
            detail=one.detail,
            attempts=QUARANTINE.c.attempts + 1,
            retried_at=recorder.now,
        )
    )
