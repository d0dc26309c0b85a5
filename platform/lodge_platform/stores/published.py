"""Which snapshot of the reports store readers see: the last whole and checked one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from lodge_platform.errors import NotFoundError, SetUpError
from lodge_platform.schema.master import PublishedSnapshot


@dataclass(frozen=True)
class Published:
    """One publication: the snapshot, when it was published, and how fresh it is."""

    snapshot_no: int
    published_at: datetime
    landed_at: datetime
    row_counts: dict[str, int]


def last_published(master: Connection, *, as_of: datetime | None = None) -> Published:
    """The newest publication, or the newest at or before `as_of`.

    Raises SetUpError when nothing was ever published, NotFoundError when all of it came later.
    """
    table = PublishedSnapshot.__table__
    columns = (
        PublishedSnapshot.snapshot_no,
        PublishedSnapshot.published_at,
        PublishedSnapshot.landed_at,
        PublishedSnapshot.row_counts,
    )
    newest = select(*columns).order_by(table.c.published_snapshot_id.desc()).limit(1)
    if as_of is not None:
        newest = newest.where(PublishedSnapshot.published_at <= as_of)
    if row := master.execute(newest).first():
        return _published(row)
    first = master.execute(
        select(*columns).order_by(table.c.published_snapshot_id).limit(1)
    ).first()
    if first is None:
        raise SetUpError("nothing has been published yet; run `lodge pipelines run`")
    earliest = _published(first).published_at
    raise NotFoundError(
        f"nothing was published at or before {as_of}; the first publication was at {earliest}"
    )


def _published(row: Row[int, datetime, datetime, dict[str, Any]]) -> Published:
    return Published(row.snapshot_no, row.published_at, row.landed_at, dict(row.row_counts))
