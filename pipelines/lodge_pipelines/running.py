"""The whole pipeline once: load links, land, build, check, publish. The verb and Dagster both call
this."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from lodge_pipelines.building import NodeResult, build
from lodge_pipelines.checking import Check, check_landed
from lodge_pipelines.dictionary_project import fingerprint
from lodge_pipelines.landing import LoadReport, load
from lodge_pipelines.landing.control import last_landed
from lodge_pipelines.links import LinkLoad, load_links
from lodge_pipelines.names import LANDING, is_of_links, links_in
from lodge_pipelines.publishing import Built, last_built, publish
from lodge_platform.settings import Settings
from lodge_platform.stores.reports import open_reports_writer
from lodge_platform.stores.reports_lock import writing

log = logging.getLogger(__name__)
Say = Callable[[str], None]


@dataclass(frozen=True)
class RunReport:
    """One run: what was loaded, built and checked, and the snapshot published (None: none)."""

    links: tuple[LinkLoad, ...]
    load: LoadReport | None
    nodes: list[NodeResult]
    checks: list[Check]
    snapshot_no: int | None
    seconds: float


def run(
    settings: Settings,
    *,
    now: datetime,
    run_name: str,
    assets: Sequence[str] = (),
    is_full: bool = False,
    is_verified: bool = True,
    has_links: bool = True,
    wait_seconds: float = 600,
    say: Say = log.info,
) -> RunReport:
    """Land, build, check and publish; `assets` are `landing`, `links` (or links.NAME) and models,
    none means everything, without links unless `has_links`.

    Only a run of everything publishes: marts built apart from their inputs are not one state. A
    link that cannot be loaded keeps what it had, and stops nothing.
    """
    began = time.perf_counter()
    with (
        writing(settings, holder=run_name, wait_seconds=wait_seconds),
        closing(open_reports_writer(settings)) as connection,
    ):
        links = _load_links(connection, settings, assets, now, is_full, say) if has_links else ()
        landed = None
        if not assets or LANDING in assets:
            landed = load(connection, settings, now=now, is_full=is_full, is_verified=is_verified)
            say(_said(landed))
        checks = check_landed(connection) if landed else []
        models = [name for name in assets if name != LANDING and not is_of_links(name)]
        is_built = bool(models) or not assets
        nodes = _build(connection, settings, models, say=say) if is_built else []
        snapshot_no = None
        if landed and not assets:
            snapshot_no = publish(
                connection,
                settings,
                built=Built(fingerprint(), landed.load_id),
                run_name=run_name,
                landed_at=now,
                published_at=now + timedelta(seconds=time.perf_counter() - began),
            )
            say(f"published snapshot {snapshot_no}")
    return RunReport(links, landed, nodes, checks, snapshot_no, time.perf_counter() - began)


def _load_links(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    assets: Sequence[str],
    now: datetime,
    is_full: bool,
    say: Say,
) -> tuple[LinkLoad, ...]:
    # before landing: calls that loads make are landed with the rest, and the stores are closed
    names = links_in(assets)
    if names is not None and not names:
        return ()
    links = load_links(connection, settings, now=now, names=names, is_full=is_full)
    for link in links:
        say(link.said())
    return links


def _build(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    models: Sequence[str],
    *,
    say: Say,
) -> list[NodeResult]:
    built = last_built(connection)
    load_id, _ = last_landed(connection)
    present = fingerprint()
    if not models and built == Built(present, load_id):
        say("built already: nothing was landed since")
        return []
    is_whole = built is None or built.fingerprint != present
    nodes = build(settings, select=[f"+{name}" for name in models], is_whole=is_whole)
    say(f"built and tested {len(nodes)} models and tests")
    return nodes


def _said(landed: LoadReport) -> str:
    kinds = ", ".join(f"{s.store} anew" for s in landed.stores if s.is_full)
    return (
        f"load {landed.load_id}: {landed.landed} rows landed, {landed.removed} removed"
        f"{f' ({kinds})' if kinds else ''} in {landed.seconds:.1f} s"
    )
