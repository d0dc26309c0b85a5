"""How each link is, in `data_links`: what was read of its file, and what its source last did."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from lodge_platform.log import strike_secrets
from lodge_platform.schema.active import DataLink

_LINKS: Any = DataLink.__table__
_MOST_CHARACTERS = 500
_READ = ("title", "kind", "version", "is_active", "fault")


class SourceSaid(Struct, frozen=True, kw_only=True):
    """What a call tells of its source: why it did not answer, or how its answer was not as
    declared. `is_checked`: the contract was looked at, and nothing else was wrong with it."""

    failure: str | None = None
    breach: str | None = None
    is_checked: bool = True


class ReadLink(Struct, frozen=True, kw_only=True):
    """A row of `data_links`, as far as the file tells."""

    link: str
    title: str
    kind: str
    version: str
    is_active: bool
    fault: str | None = None


def note_said(connection: Connection, link: str, said: SourceSaid, at: datetime) -> None:
    """Keep it where it changes something; two cheap statements where it does not."""
    row = _LINKS.c.link == link
    failure = short(said.failure)
    if failure is None:
        is_other = _LINKS.c.failure.is_not(None)
        values: dict[str, Any] = {"failure": None, "failing_since": None}
    else:
        is_other = or_(_LINKS.c.failure.is_(None), _LINKS.c.failure != failure)
        since = func.coalesce(_LINKS.c.failing_since, at, type_=_LINKS.c.failing_since.type)
        values = {"failure": failure, "failing_since": since}
    connection.execute(update(_LINKS).where(row, is_other).values(**values))
    breach = short(said.breach)
    if breach is not None:
        is_other = or_(_LINKS.c.breach.is_(None), _LINKS.c.breach != breach)
        values = {"breach": breach, "breached_at": at}
        connection.execute(update(_LINKS).where(row, is_other).values(**values))
    elif failure is None and said.is_checked:
        is_other = _LINKS.c.breach.is_not(None)
        connection.execute(update(_LINKS).where(row, is_other).values(breach=None))


def keep_read(connection: Connection, links: Sequence[ReadLink], now: datetime) -> None:
    """Make the table say what was read now; a link of another version has failed nowhere yet."""
    columns = [_LINKS.c.link, *(_LINKS.c[name] for name in _READ)]
    kept: Mapping[str, Any] = {row.link: row for row in connection.execute(select(*columns))}
    wanted = {link.link: link for link in links}
    for gone in kept.keys() - wanted.keys():
        connection.execute(delete(_LINKS).where(_LINKS.c.link == gone))
    insert = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    for link in links:
        old = kept.get(link.link)
        values: dict[str, Any] = {name: getattr(link, name) for name in _READ}
        if old is not None and all(getattr(old, name) == values[name] for name in _READ):
            continue
        values["read_at"] = now
        is_another = old is None or old.version != link.version
        forgotten = ("failure", "failing_since", "breach") if is_another else ()
        statement = insert(_LINKS).values(link=link.link, **values)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[_LINKS.c.link], set_=values | dict.fromkeys(forgotten)
            )
        )


def short(said: str | None) -> str | None:
    """What is kept of a message: no secret in it, not long, and nothing that no store can hold."""
    if said is None:
        return None
    held = said.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return strike_secrets(held)[:_MOST_CHARACTERS]
