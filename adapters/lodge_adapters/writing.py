"""Take what is to be written by a link: kept in one commit, then carried by the service.

Whoever asks names it by an Idempotency-Key. The same key with the same parameters is one write;
the source is told the key, so that it too can tell a second try from a second write.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import orjson
from msgspec import Struct
from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from lodge_adapters.language import Link
from lodge_adapters.parameters import values_of
from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import JSON, XML, Answer
from lodge_platform.api.idempotency import repeated
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.api.xml_words import writable
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.asking import Caller
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.schema.active import LinkWrite
from lodge_platform.vocabulary import LinkWriteStatus

WRITES = LinkWrite.__table__
_HEADER = "header Idempotency-Key"


class WriteState(Struct, frozen=True, kw_only=True):
    """A write as whoever asked for it is told; `detail` is what the source last answered."""

    link_write_id: int
    link: str
    status: LinkWriteStatus
    attempts: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    detail: str | None
    is_repeated: bool = False

    @property
    def location(self) -> str:
        """Path at which its state is told."""
        return f"/links/{self.link}/writes/{self.link_write_id}"


def accept(
    lodge: Lodge,
    name: str,
    link: Link,
    given: Mapping[str, str],
    *,
    key: str | None,
    caller: Caller,
    now: datetime,
) -> WriteState:
    """Keep what is to be written, under the caller's `key`; committed when this returns.

    `given` are parameters as they came; whether the caller may ask is asked before. Raises
    RefusedError for a link that only reads and for parameters, ApiProblem 428 without a key, 400
    for an odd one, 422 for one that was used for something else.
    """
    if not link.writes:
        raise RefusedError(f"link {name!r} only reads; ask it by GET")
    _require_key(key)
    values_of(link, given)
    payload = orjson.dumps(dict(given), option=orjson.OPT_SORT_KEYS).decode()
    reader = caller.reader
    values: dict[str, Any] = {
        "link": name,
        "idempotency_key": key,
        "payload": payload,
        "user_id": reader.user_id if reader else None,
        "api_key_id": reader.api_key_id if reader else None,
        "department_id": _department_of(caller),
        "activity_id": caller.activity_id,
        "status": LinkWriteStatus.WAITING,
        "attempts": 0,
        "created_at": now,
        "due_at": now,
    }
    with lodge.stores.active.write() as connection:
        row, is_new = _kept(connection, values)
    if is_new:
        wake(lodge, Topic.LINK_WRITE)
    return state_of(row, is_repeated=not is_new)


def read_state(lodge: Lodge, name: str, link_write_id: int, *, reader: SignedIn) -> WriteState:
    """How a write is, for whoever asked for it or may see writes of its department.

    Raises NotFoundError for one that is not there or not visible.
    """
    statement = select(WRITES).where(WRITES.c.link == name, WRITES.c.link_write_id == link_write_id)
    with lodge.stores.active.read() as connection:
        row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFoundError("no write")
    is_theirs = row.department_id is not None and reader.may(Action.LINK_READ, row.department_id)
    if row.user_id != reader.user_id and not is_theirs:
        raise NotFoundError("no write")
    return state_of(row)


def state_of(row: Row[Any], *, is_repeated: bool = False) -> WriteState:
    """The row as it is told."""
    return WriteState(
        link_write_id=row.link_write_id,
        link=row.link,
        status=row.status,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
        detail=row.last_answer,
        is_repeated=is_repeated,
    )


def answer_of(state: WriteState, *, media: str = JSON, status: int = 200) -> Answer:
    """The state as JSON or XML; with 202, where it can be followed. A repeated request gets the
    answer of the first, as far as the write has come since."""
    headers = [("Cache-Control", "no-store")]
    if status == 202:
        headers.append(("Location", state.location))
    if state.is_repeated:
        headers.append(("Idempotency-Replayed", "true"))
    said = {
        name: value for name, value in msgspec.to_builtins(state).items() if name != "is_repeated"
    }
    if media != XML:
        return Answer(status, orjson.dumps(said), JSON, headers)
    inner = "".join(
        f"<{name}>{writable(str(value))}</{name}>"
        for name, value in said.items()
        if value is not None
    )
    content = f'<?xml version="1.0" encoding="UTF-8"?>\n<link_write>{inner}</link_write>\n'
    return Answer(status, content.encode(), XML, headers)


def _require_key(key: str | None) -> None:
    if key is None:
        detail = "A write names itself by the header Idempotency-Key, so that it is written once."
        raise ApiProblem(types.KEY_REQUIRED, detail, errors=[field_error(_HEADER, detail)])
    repeated("", key, store="active", request=(), content=b"")


def _department_of(caller: Caller) -> int | None:
    if caller.department_id is not None or caller.reader is None:
        return caller.department_id
    theirs = caller.reader.departments_with(Action.LINK_WRITE)
    own = caller.reader.department_id
    return own if own in theirs or not theirs else min(theirs)


def _kept(connection: Connection, values: dict[str, Any]) -> tuple[Row[Any], bool]:
    """The write of this link and key, and whether it was made just now."""
    insert = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    made = connection.execute(
        insert(WRITES)
        .values(values)
        .on_conflict_do_nothing(index_elements=["link", "idempotency_key"])
        .returning(WRITES.c.link_write_id)
    ).scalar()
    row = connection.execute(
        select(WRITES).where(
            WRITES.c.link == values["link"],
            WRITES.c.idempotency_key == values["idempotency_key"],
        )
    ).one()
    same = ("payload", "user_id", "api_key_id", "activity_id")
    if made is None and any(getattr(row, name) != values[name] for name in same):
        detail = "This Idempotency-Key was sent with another request before."
        raise ApiProblem(types.KEY_REUSED, detail, errors=[field_error(_HEADER, detail)])
    return row, made is not None
