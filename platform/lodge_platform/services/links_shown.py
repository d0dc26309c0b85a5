"""How data links are, for `lodge status`: how many are in use, and what is wrong with which."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from lodge_platform.schema.active import DataLink, LinkWrite
from lodge_platform.vocabulary import LinkWriteStatus


@dataclass(frozen=True)
class LinksStatus:
    """`in_use` can be asked, `wrong` have a problem; `dead_writes` wait for a person."""

    in_use: int
    wrong: int
    dead_writes: int


def read_links(active: Connection) -> tuple[LinksStatus, list[str]]:
    """How links are, and a sentence for each thing that is wrong, by link."""
    rows = active.execute(select(DataLink.__table__).order_by(DataLink.link)).all()
    dead = _dead_writes(active)
    problems: dict[str, list[str]] = {row.link: list(_problems(row)) for row in rows}
    for link, (count, since) in dead.items():
        problems.setdefault(link, []).append(_said_of_dead(link, count, since))
    status = LinksStatus(
        in_use=sum(row.is_active and row.fault is None for row in rows),
        wrong=sum(bool(said) for said in problems.values()),
        dead_writes=sum(count for count, _ in dead.values()),
    )
    return status, [said for link in sorted(problems) for said in problems[link]]


def _problems(row: Any) -> Iterator[str]:
    if row.fault is not None:
        yield f"link {row.link}: its file cannot be used: {row.fault}"
        return
    if row.failure is not None:
        yield f"link {row.link}: failing since {_at(row.failing_since)}: {row.failure}"
    if row.breach is not None:
        yield f"link {row.link}: contract broken at {_at(row.breached_at)}: {row.breach}"
    if row.load_failure not in (None, row.failure, row.breach):
        since = _at(row.load_failing_since)
        yield f"link {row.link}: not loaded into the reports since {since}: {row.load_failure}"


def _dead_writes(active: Connection) -> dict[str, tuple[int, datetime]]:
    write = LinkWrite
    counts = (
        select(write.link, func.count(), func.min(func.coalesce(write.finished_at, write.due_at)))
        .where(write.status == LinkWriteStatus.DEAD)
        .group_by(write.link)
    )
    return {link: (count, since) for link, count, since in active.execute(counts)}


def _said_of_dead(link: str, count: int, since: datetime) -> str:
    what = "1 write is dead" if count == 1 else f"{count} writes are dead, the first"
    return (
        f"link {link}: {what} since {_at(since)}; `lodge link writes --dead --link {link}` "
        f"shows them, `lodge link replay --link {link}` has them tried again"
    )


def _at(instant: datetime | None) -> str:
    return "then" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}Z"
