"""Landed data links as one multi-asset: a key [links, NAME] for each, and whether it was loaded.

Links are those there were when Dagster read the definitions; one that came later is loaded with
the others, and has an asset of its own once they are read again.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg

from lodge_pipelines.dagster_assets.writer import ReportsWriter
from lodge_pipelines.links import LinkLoad, load_links
from lodge_pipelines.names import LINKS
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.links import LinkDescription
from lodge_platform.links.opened import opened_links
from lodge_platform.settings import Settings
from lodge_platform.settings import load as load_settings

LINK_LOADS = ["landing_control", "link_loads"]
_CHECK = "loaded"
log = logging.getLogger(__name__)


def landed_links(settings: Settings) -> list[LinkDescription]:
    """The links that are landed now; none, and a word in the log, when they cannot be read."""
    try:
        with opened_links(settings) as (_, links):
            return [link for link in links.described() if link.is_landed and not link.fault]
    except LodgeError as error:
        log.warning("data links cannot be read: %s", error)
        return []


def links_asset(links: Iterable[LinkDescription]) -> dg.AssetsDefinition:
    """The multi-asset; a link that could not be loaded fails its check and stops nothing."""
    named = {link.name: link for link in links}
    specs = [
        dg.AssetSpec([LINKS, link.name], description=link.term, group_name=LINKS, skippable=True)
        for link in named.values()
    ]
    # what comes after the loads hangs on this, which comes whatever became of each
    done = dg.AssetSpec(LINK_LOADS, description="One row per load of a link.", group_name=LINKS)
    checks = [
        dg.AssetCheckSpec(
            _CHECK,
            asset=[LINKS, name],
            description="The source answered as the link declares, and its rows were loaded.",
        )
        for name in named
    ]

    @dg.multi_asset(name=LINKS, specs=[*specs, done], check_specs=checks)
    def load(reports_writer: ReportsWriter) -> Iterator[dg.MaterializeResult[Any] | _Result]:
        found = load_links(reports_writer.connection, load_settings(), now=utc_now())
        for link in found:
            if link.link in named:
                yield from _results(link)
        for name in named.keys() - {link.link for link in found}:
            yield from _results(LinkLoad(name, "", failure="its file is gone, off or at fault"))
        yield dg.MaterializeResult(
            asset_key=LINK_LOADS,
            metadata={"links": len(found), "failed": sum(bool(one.failure) for one in found)},
        )

    return load


_Result = dg.AssetCheckResult


def _results(link: LinkLoad) -> Iterator[dg.MaterializeResult[Any] | _Result]:
    key = dg.AssetKey([LINKS, link.link])
    check = dg.AssetCheckResult(
        check_name=_CHECK,
        asset_key=key,
        passed=link.failure is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=link.said(),
    )
    if link.failure is not None:
        yield check
        return
    yield dg.MaterializeResult(
        asset_key=key,
        metadata={
            "read": link.read,
            "written": link.written,
            "removed": link.removed,
            "dagster/row_count": link.rows,
        },
        check_results=[check],
    )
