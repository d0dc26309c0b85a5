"""Up to which change number a store is settled: what is below is there for good.

Why this holds stands in `platform/docs/decisions/0010-feed-order.md`.
"""

from typing import NamedTuple

from sqlalchemy import Connection, text

# Numbers of transactions are the whole server's. One that runs holds a lock on its number, so that
# the session is known, and with it the database; autovacuum, which is of no user, writes no row of
# ours. Of what ended meanwhile, of prepared transactions and on a standby nothing of this is known,
# and they count as ours.
_POSTGRESQL = text("""
with seen as (select pg_current_snapshot() as snapshot)
select
    least(
        pg_current_xact_id_if_assigned()::text::bigint,
        case
            when pg_is_in_recovery() then pg_snapshot_xmin(snapshot)::text::bigint
            else coalesce(
                (
                    select min(running::text::bigint)
                    from pg_snapshot_xip(snapshot) as running
                    where not exists (
                        select
                        from pg_locks
                        join pg_stat_activity as session using (pid)
                        where pg_locks.locktype = 'transactionid'
                            and pg_locks.mode = 'ExclusiveLock'
                            and pg_locks.transactionid = running::xid
                            and (
                                session.datname <> current_database()
                                or session.usesysid is null
                            )
                    )
                ),
                pg_snapshot_xmax(snapshot)::text::bigint
            )
        end
    ) as horizon,
    pg_snapshot_xmax(snapshot)::text::bigint as ahead
from seen
""")
_SQLITE = text("select change_no + 1 as horizon, change_no + 1 as ahead from change_counters")


class Settled(NamedTuple):
    """Every transaction of this database with a number below `horizon` has ended; nothing that is
    seen has the number `ahead` or a higher one.

    A horizon is never too high, and can be lower than one found before.
    """

    horizon: int
    ahead: int


def settled(connection: Connection) -> Settled:
    """How far the store is settled, as this statement sees it."""
    is_sqlite = connection.dialect.name == "sqlite"
    return Settled(*connection.execute(_SQLITE if is_sqlite else _POSTGRESQL).one())
