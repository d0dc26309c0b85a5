"""The same POST twice makes one thing: its key is kept in the transaction of what it did.

A second request waits for the first to be committed, and then gets the first one's answer.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import JSON, Answer
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.schema import ActiveBase, MasterBase

KEPT = timedelta(days=7)
_MEDIA = "Content-Type"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_TABLES: Mapping[str, Table] = {
    "active": ActiveBase.metadata.tables["idempotency_keys"],
    "master": MasterBase.metadata.tables["idempotency_keys"],
}


@dataclass(frozen=True)
class Repeated:
    """A request that says it may be sent again: who sent it, its key, and what exactly it asks."""

    asker: str
    key: str
    fingerprint: str
    store: str


class AnsweredBefore(Exception):
    """The request was answered before: `answer` is what it was told; nothing was done again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


def repeated(
    asker: str, key: str | None, *, store: str, request: tuple[str, ...], content: bytes
) -> Repeated | None:
    """The header's key with the request's fingerprint; None without one. Raises ApiProblem 400."""
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        detail = "Idempotency-Key has 1 to 200 printable ASCII characters, none of them a space."
        errors = [field_error("header Idempotency-Key", detail)]
        raise ApiProblem(types.INVALID_QUERY, detail, errors=errors)
    whole = hashlib.sha256("\0".join(request).encode() + b"\0" + content).hexdigest()
    return Repeated(asker, key, whole, store)


def claim(connection: Connection, request: Repeated, *, now: datetime) -> int:
    """Take the key, first thing in the transaction; gives its row.

    Raises AnsweredBefore for the same request, ApiProblem 422 for another one under this key.
    """
    table = _TABLES[request.store]
    insert = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    made = connection.execute(
        insert(table)
        .values(
            asker=request.asker,
            idempotency_key=request.key,
            fingerprint=request.fingerprint,
            status=0,
            headers={},
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(table.c.idempotency_key_id)
    ).scalar()
    if made is not None:
        connection.execute(delete(table).where(table.c.created_at < now - KEPT))
        return made
    row = connection.execute(
        select(table).where(table.c.asker == request.asker, table.c.idempotency_key == request.key)
    ).one()
    if row.fingerprint != request.fingerprint:
        detail = "This Idempotency-Key was sent with another request before."
        errors = [field_error("header Idempotency-Key", detail)]
        raise ApiProblem(types.KEY_REUSED, detail, errors=errors)
    raise AnsweredBefore(_answer(row))


def keep(connection: Connection, request: Repeated, key: int, answer: Answer) -> None:
    """Keep the answer, last thing in the transaction; a secret shown once is not kept."""
    table = _TABLES[request.store]
    connection.execute(
        update(table)
        .where(table.c.idempotency_key_id == key)
        .values(
            status=int(answer.status),
            headers={**dict(answer.headers), _MEDIA: answer.media},
            body=answer.content if answer.kept is None else answer.kept,
        )
    )


def _answer(row: Any) -> Answer:
    headers = dict(row.headers)
    media = headers.pop(_MEDIA, JSON)
    headers["Idempotency-Replayed"] = "true"
    return Answer(row.status, row.body or b"", media, tuple(headers.items()))
