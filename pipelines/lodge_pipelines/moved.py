"""Whether there is anything to load, found in milliseconds: the newest change of every table."""

from sqlalchemy import Connection, text

from lodge_platform.schema.landed import StoreName, landed_tables
from lodge_platform.stores import Stores

# Written by heartbeats, by reading and by trying again; they are landed with the next load and
# call for none.
_RESTLESS = frozenset(
    {
        "access_records",
        "link_calls",
        "link_writes",
        "service_leases",
        "user_sessions",
        "webhook_attempts",
        "webhook_deliveries",
    }
)


def newest_changes(stores: Stores) -> dict[StoreName, int]:
    """The newest change number of each store, those that never rest left out."""
    with stores.active.read() as active, stores.master.read() as master:
        return {"active": _newest(active, "active"), "master": _newest(master, "master")}


def _newest(connection: Connection, store: StoreName) -> int:
    names = [t.name for t in landed_tables() if t.store == store and t.name not in _RESTLESS]
    each = " union all ".join(
        f'select max(change_no) as change_no from "{name}"'  # noqa: S608 - names are the schema's
        for name in [*names, "tombstones"]
    )
    found = connection.execute(text(f"select max(change_no) from ({each}) as tables")).scalar()  # noqa: S608
    return int(found or 0)
