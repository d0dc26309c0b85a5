"""The dbt project as assets; keys mirror schema and model, data tests are asset checks."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from lodge_pipelines.building import manifest_of
from lodge_pipelines.dagster_assets.writer import ReportsWriter
from lodge_pipelines.dictionary_project import project_folder, target_folder
from lodge_platform.settings import Settings


def dictionary_assets(settings: Settings) -> dg.AssetsDefinition:
    """Every model and data test of the project, read from its manifest."""
    manifest_of(settings)  # leaves manifest.json in the target folder
    target = target_folder(settings)

    @dbt_assets(manifest=target / "manifest.json", name="dictionary")
    def dictionary(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, reports_writer: ReportsWriter
    ) -> Iterator[Any]:
        arguments = ["build", "--exclude-resource-type", "unit_test"]
        built: Any = dbt.cli(arguments, context=context, target_path=target.parent / "dagster")
        yield from built.stream()

    return dictionary


def dbt_resource() -> DbtCliResource:
    """The `dbt` program beside our own interpreter, on the project and its profile."""
    return DbtCliResource(
        project_dir=str(project_folder()),
        profiles_dir=str(project_folder()),
        dbt_executable=str(Path(sys.executable).with_name("dbt")),
    )
