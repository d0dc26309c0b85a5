"""The near-live load: a sensor that runs the pipeline itself, in a process that is warm already.

A run of its own would start Dagster and dbt anew each time, ten seconds of work for one of
loading; the hourly schedule does that, verifies every row and loads data links.
"""

import json
from typing import Any, cast

import dagster as dg

from lodge_pipelines.dagster_assets.published import PUBLISHED
from lodge_pipelines.moved import newest_changes
from lodge_pipelines.running import RunReport, run
from lodge_platform.clock import utc_now
from lodge_platform.errors import TryAgainError
from lodge_platform.settings import load
from lodge_platform.stores import open_stores

_SECONDS = 25
_sensor: Any = cast(Any, dg).sensor  # its own signature names types that it does not give
_INTERVAL_SECONDS = 900


@_sensor(
    name="near_live",
    asset_selection=dg.AssetSelection.assets(PUBLISHED),
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Loads, builds and publishes what changed since the last look.",
)
def near_live(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One look: nothing when nothing changed and no new interval began."""
    settings, now = load(), utc_now()
    stores = open_stores(settings)
    try:
        newest = newest_changes(stores)
    finally:
        stores.close()
    mark = json.dumps([newest, int(now.timestamp()) // _INTERVAL_SECONDS])
    if context.cursor == mark:
        return dg.SkipReason("nothing changed since the last look")
    try:
        report = run(
            settings,
            now=now,
            run_name="near-live",
            is_verified=False,
            has_links=False,  # sources of others are asked by the hour
            wait_seconds=0,
        )
    except TryAgainError as error:
        return dg.SkipReason(str(error))
    # an open transaction may still commit below what was seen: look again, whatever the mark
    settled = not report.load or all(s.horizon > s.newest for s in report.load.stores)
    cursor = mark if settled or settings.active_url.startswith("sqlite") else ""
    return dg.SensorResult(asset_events=[_event(report)], cursor=cursor)


def _event(report: RunReport) -> dg.AssetMaterialization:
    load = report.load
    return dg.AssetMaterialization(
        PUBLISHED,
        metadata={
            "snapshot_no": report.snapshot_no or 0,
            "landed": load.landed if load else 0,
            "removed": load.removed if load else 0,
            "seconds": report.seconds,
        },
    )
