"""A call: what a handler is given, and how it makes its answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
import orjson
from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import Session

from lodge_platform.api.answers import Answer
from lodge_platform.api.collection import Collection
from lodge_platform.api.matching import etag_of
from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.errors import MistakeError, NotFoundError
from lodge_platform.events.recorder import Actor
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import ActorKind

BASE = "/api/v1"


@dataclass
class Call:
    """One request: who asks, what for, and the transaction it writes in.

    `keys` and `words` are the path's parameters; `match` is the version that If-Match names, None
    for any; `content` the body's bytes where the operation takes them as they are.
    """

    lodge: Lodge
    reader: SignedIn
    now: datetime
    address: str
    words: dict[str, str]
    keys: dict[str, int]
    query: Any = None
    match: int | None = None
    content: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    inside: Work | Session | None = None

    @property
    def actor(self) -> Actor:
        """The reader as the actor of events."""
        return Actor(ActorKind.AGENT, self.reader.user_id)

    @property
    def writing(self) -> Connection:
        """The connection of the open transaction."""
        if isinstance(self.inside, Work):
            return self.inside.connection
        if isinstance(self.inside, Session):
            return self.inside.connection()
        raise MistakeError("this operation declares no store to write to")

    def key(self, name: str) -> int:
        """A key out of the path."""
        return self.keys[name]

    def word(self, name: str) -> str:
        """A word out of the path."""
        return self.words[name]

    def require(
        self, action: Action, department_id: int | None = None, queue_id: int | None = None
    ) -> None:
        """Raise ForbiddenError unless the reader may do that there."""
        self.reader.require(action, department_id, queue_id)

    def visible(
        self, collection: Collection, key: int, action: Action | None = None
    ) -> Row[tuple[Any, ...]]:
        """The row that the reader may see (or do `action` to). Raises NotFoundError.

        Reads in the open transaction, else in one of its own.
        """
        table = collection.sql_table
        wanted = action or collection.action
        query = select(table).where(
            table.c[collection.key] == key, collection.visible(self.reader, wanted)
        )
        if self.inside is not None and isinstance(self.inside, Work) != collection.is_master:
            return _found(self.writing.execute(query).one_or_none(), collection)
        stores = self.lodge.stores
        store = stores.master if collection.is_master else stores.active
        with store.read() as connection:
            return _found(connection.execute(query).one_or_none(), collection)

    def one(self, collection: Collection, key: int, status: int = 200) -> Answer:
        """The thing as it is now in the open transaction, with its ETag."""
        if self.inside is not None:
            self.inside.flush()
        row = self.visible(collection, key)
        version = row._mapping[collection.version.name]  # pyright: ignore[reportPrivateUsage]
        headers = [("ETag", etag_of(version, self._form(collection)))]
        if status == 201:
            headers.append(("Location", f"{BASE}{self._path(collection, key)}"))
        return Answer(status, orjson.dumps(self.thing(collection, row)), headers=headers)

    def created(self, collection: Collection, key: int) -> Answer:
        """201 with the new thing, its ETag and Location."""
        return self.one(collection, key, 201)

    def thing(self, collection: Collection, row: Row[tuple[Any, ...]]) -> dict[str, Any]:
        """A row as the API shows it to the reader."""
        values = row._mapping  # pyright: ignore[reportPrivateUsage]
        found: dict[str, Any] = {}
        withheld: list[str] = []
        for name, shown in collection.fields.items():
            if sees_everywhere(self.reader, collection.action, *shown.sees):
                found[name] = _shown(values[name])
            else:
                found[name] = None
                withheld.append(name)
        return found | ({"withheld": withheld} if withheld else {})

    def nothing(self) -> Answer:
        """204."""
        return Answer(204)

    def value(self, value: Any, status: int = 200, *, kept: Any = None, **more: Any) -> Answer:
        """A struct or plain value as JSON; `kept` is kept instead of it for a repeated request."""
        content = msgspec.json.encode(value)
        return Answer(
            status, content, kept=None if kept is None else msgspec.json.encode(kept), **more
        )

    def binary(self, content: bytes, name: str) -> Answer:
        """Bytes to be kept by the caller and never shown by a browser."""
        plain = "".join(c if (c.isascii() and c.isalnum()) or c in "-_. " else "_" for c in name)
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
        headers = [
            ("Content-Disposition", disposition),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
        ]
        return Answer(200, content, "application/octet-stream", headers)

    def _form(self, collection: Collection) -> str:
        shown = collection.fields.values()
        is_all = all(sees_everywhere(self.reader, collection.action, *one.sees) for one in shown)
        return "" if is_all else "w"

    def _path(self, collection: Collection, key: int) -> str:
        path = collection.item_path.replace(f"{{{collection.key}}}", str(key))
        for name, word in self.words.items():
            path = path.replace(f"{{{name}}}", word)
        return path


def _found(row: Row[tuple[Any, ...]] | None, collection: Collection) -> Row[tuple[Any, ...]]:
    if row is None:
        raise NotFoundError(f"no {collection.one}")
    return row


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        said = value.isoformat()
        return f"{said[:-6]}Z" if said.endswith("+00:00") else said
    return value
