"""Marts made by hand, in the process that writes the reports store."""

from contextlib import closing

from lodge_platform.clock import utc_now
from lodge_platform.schema.master import PublishedSnapshot
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores
from lodge_platform.stores.reports import open_reports_writer
from lodge_platform.stores.reports_lock import writing


def fill(settings: Settings, statements: list[str]) -> None:
    """Make marts by hand and publish them."""
    with (
        writing(settings, holder="test"),
        closing(open_reports_writer(settings)) as connection,
    ):
        connection.execute("create schema if not exists lake.marts")
        for statement in statements:
            connection.execute(statement)
        newest = connection.execute("select max(snapshot_id) from lake.snapshots()").fetchall()
    stores = open_stores(settings)
    with stores.master.write() as master:
        master.execute(
            PublishedSnapshot.__table__.insert().values(
                snapshot_no=newest[0][0],
                published_at=utc_now(),
                landed_at=utc_now(),
                row_counts={},
                run_name="test",
            )
        )
    stores.close()


def spoil(settings: Settings) -> None:
    with (
        writing(settings, holder="test"),
        closing(open_reports_writer(settings)) as connection,
    ):
        connection.execute("delete from lake.marts.queue_intervals")
