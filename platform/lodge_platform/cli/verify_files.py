"""The ledger, the messages and the attachments against what the file server keeps."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select, select

from lodge_platform.errors import MistakeError, NotFoundError
from lodge_platform.files import FileServer
from lodge_platform.schema import ActiveBase
from lodge_platform.schema.active import Activity, MailLedgerLine, QuarantinedInput
from lodge_platform.vocabulary import LedgerOutcome

_DECIDED = [LedgerOutcome.STORED, LedgerOutcome.QUARANTINED]
_LEDGER, _BYTES = "ledger against mail", "bytes in the file server"


def file_differences(connection: Connection, files: FileServer) -> Iterator[dict[str, Any]]:
    """Each line that leads nowhere, and each SHA-256 whose bytes are missing or changed."""
    yield from _ledger(connection)
    yield from _missing_bytes(connection, files)


def _ledger(connection: Connection) -> Iterator[dict[str, Any]]:
    line = MailLedgerLine
    statement = (
        select(
            line.mail_ledger_id,
            line.outcome,
            line.raw_sha256,
            line.activity_id,
            line.quarantine_id,
            Activity.activity_id.label("found_activity_id"),
            QuarantinedInput.quarantine_id.label("found_quarantine_id"),
            QuarantinedInput.stage,
        )
        .outerjoin(Activity, Activity.activity_id == line.activity_id)
        .outerjoin(QuarantinedInput, QuarantinedInput.quarantine_id == line.quarantine_id)
        .where(line.outcome.in_(_DECIDED))
        .order_by(line.mail_ledger_id)
    )
    for row in connection.execution_options(yield_per=2000).execute(statement):
        is_stored = row.outcome is LedgerOutcome.STORED
        if is_stored and row.found_activity_id is None:
            yield _line(row.mail_ledger_id, "activity_id", row.activity_id, "an activity")
        if not is_stored and row.found_quarantine_id is None:
            yield _line(row.mail_ledger_id, "quarantine_id", row.quarantine_id, "a quarantine line")
        # What could not even be fetched has no bytes.
        if row.raw_sha256 is None and (is_stored or row.stage != "fetch"):
            yield _line(row.mail_ledger_id, "raw_sha256", None, "the hash of its bytes")


def _line(key: int, column: str, stored: Any, expected: str) -> dict[str, Any]:
    return _difference(_LEDGER, "mail_ledger", key, column, stored, expected)


def _missing_bytes(connection: Connection, files: FileServer) -> Iterator[dict[str, Any]]:
    seen: dict[str, str | None] = {}
    for table, column in _HASHES:
        for key, sha256 in connection.execute(_named_bytes(table, column)):
            if sha256 not in seen:
                seen[sha256] = _fault(files, sha256)
            if fault := seen[sha256]:
                yield _difference(_BYTES, table, key, column, fault, sha256)


_HASHES = (
    ("mail_ledger", "raw_sha256"),
    ("quarantine", "raw_sha256"),
    ("emails", "raw_sha256"),
    ("attachments", "sha256"),
)


def _named_bytes(table: str, column: str) -> Select[Any, Any]:
    columns = ActiveBase.metadata.tables[table].c
    key = next(iter(columns.values()))
    statement = select(key, columns[column]).where(columns[column].is_not(None)).order_by(key)
    if table == "mail_ledger":
        statement = statement.where(columns.outcome.in_(_DECIDED))
    return statement.execution_options(yield_per=2000)


def _fault(files: FileServer, sha256: str) -> str | None:
    try:
        files.get(sha256)
    except NotFoundError:
        return "missing"
    except MistakeError:
        return "changed"
    return None


def _difference(
    check: str, table: str, key: int, column: str, stored: Any, expected: Any
) -> dict[str, Any]:
    return {
        "check": check,
        "table": table,
        "key": key,
        "column": column,
        "stored": stored,
        "expected": expected,
    }
