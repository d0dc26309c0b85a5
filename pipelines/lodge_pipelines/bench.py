"""`lodge bench load`: what landing costs, beside DuckDB merely reading the same rows.

Rows: LODGE_BENCH_ROWS (1,000,000). On SQLite, and on the empty PostgreSQL databases named by
LODGE_BENCH_MASTER_URL and LODGE_BENCH_ACTIVE_URL where both are set.
"""

import os
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lodge_pipelines.bench_rows import TABLES, change_rows, fill
from lodge_platform.clock import utc_now
from lodge_platform.settings import Settings, load
from lodge_platform.stores import migrate, open_stores

_MILLION = 1_000_000


def bench_load() -> Iterator[Mapping[str, Any]]:
    """A first load and one of a hundredth of its rows, on each engine there is."""
    rows = int(os.environ.get("LODGE_BENCH_ROWS", "1000000"))
    named = [os.environ.get(f"LODGE_BENCH_{store}_URL", "") for store in ("MASTER", "ACTIVE")]
    with TemporaryDirectory(prefix="lodge-bench-") as folder:
        yield from _bench(load(Path(folder), {}), "SQLite", rows)
    if all(named):
        environ = {"LODGE_MASTER_URL": named[0], "LODGE_ACTIVE_URL": named[1]}
        with TemporaryDirectory(prefix="lodge-bench-") as folder:
            yield from _bench(load(Path(folder), environ), "PostgreSQL", rows)


def _bench(settings: Settings, engine: str, rows: int) -> Iterator[Mapping[str, Any]]:
    stores = open_stores(settings)
    migrate(stores.master)
    migrate(stores.active)
    written = fill(stores.active, rows)
    peer = _alone(_read, settings)
    yield _measurement(f"first load, {engine}", written, _alone(_load, settings), peer=peer)
    changed = change_rows(stores.active, rows // 100)
    yield _measurement(
        f"load of 1 % changed, {engine}", changed, _alone(_load, settings), peer=peer
    )
    stores.close()


def _measurement(
    work: str, rows: int, found: tuple[int, float, float], *, peer: tuple[int, float, float]
) -> dict[str, Any]:
    landed, seconds, peak = found
    if landed != rows:
        raise AssertionError(f"{work}: {landed} rows landed of {rows}")
    rate, peer_rate = rows / seconds, peer[0] / peer[1]
    return {
        "work": work,
        "rows": rows,
        "rate": round(rate),
        "unit": "rows per CPU second",
        "cpu_seconds_per_million_rows": round(seconds * _MILLION / rows, 2),
        "peer": "DuckDB reading every value of the whole tables by its scanner, storing nothing",
        "peer_rate": round(peer_rate),
        "peer_cpu_seconds_per_million_rows": round(peer[1] * _MILLION / peer[0], 2),
        "ratio": round(rate / peer_rate, 3),
        "peak_memory_megabytes": round(peak),
    }


def _alone(work: Any, settings: Settings) -> tuple[int, float, float]:
    """Rows, CPU seconds and peak megabytes of `work` in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, settings).result()


def _load(settings: Settings) -> tuple[int, float, float]:
    from lodge_pipelines.landing import load as land
    from lodge_platform.stores.reports import open_reports_writer
    from lodge_platform.stores.reports_lock import writing

    began = time.process_time()
    with (
        writing(settings, holder="bench"),
        closing(open_reports_writer(settings)) as connection,
    ):
        report = land(connection, settings, now=utc_now(), is_verified=False)
    return report.landed, time.process_time() - began, _peak()


def _read(settings: Settings) -> tuple[int, float, float]:
    from lodge_pipelines.landing.source import Source
    from lodge_platform.schema.landed import landed_tables
    from lodge_platform.stores.reports import catalog_of, connect

    began = time.process_time()
    rows = 0
    with closing(connect(settings, catalog_of(settings))) as connection:
        Source(connection, "active", url=settings.active_url)
        for table in landed_tables():
            if table.store == "active" and table.name in TABLES:
                values = ", ".join(f'count("{name}")' for name in table.column_names)
                found = connection.execute(
                    f'select count(*), {values} from source_active."{table.name}"'  # noqa: S608
                ).fetchone()
                rows += int(found[0]) if found else 0
    return rows, time.process_time() - began, _peak()


def _peak() -> float:
    unit = _MILLION if sys.platform == "darwin" else 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
