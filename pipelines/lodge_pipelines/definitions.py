"""What Dagster loads: `dagster ... -m lodge_pipelines.definitions`, for the home in LODGE_HOME."""

import os
from typing import Any, cast

import dagster as dg

from lodge_pipelines.dagster_assets.dictionary import dbt_resource, dictionary_assets
from lodge_pipelines.dagster_assets.landing import landing
from lodge_pipelines.dagster_assets.links import landed_links, links_asset
from lodge_pipelines.dagster_assets.near_live import near_live
from lodge_pipelines.dagster_assets.published import published_asset
from lodge_pipelines.dagster_assets.writer import ReportsWriter
from lodge_pipelines.dictionary_project import environment
from lodge_platform.settings import load


@dg.definitions
def defs() -> dg.Definitions:
    """Assets, the hourly run of all of them, and the near-live sensor."""
    settings = load()
    os.environ.update(environment(settings))  # for the dbt program that a run starts
    dictionary = dictionary_assets(settings)
    define: Any = cast(Any, dg).define_asset_job  # its signature names types it does not give
    everything: dg.JobDefinition = define("everything", selection=dg.AssetSelection.all())
    hourly = dg.ScheduleDefinition(
        name="hourly",
        job=everything,
        cron_schedule="20 * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(
        assets=[
            links_asset(landed_links(settings)),
            landing,
            dictionary,
            published_asset(dictionary),
        ],
        jobs=[everything],
        schedules=[hourly],
        sensors=[near_live],
        resources={"dbt": dbt_resource(), "reports_writer": ReportsWriter()},
        executor=dg.in_process_executor,  # one writer: steps follow one another
    )
