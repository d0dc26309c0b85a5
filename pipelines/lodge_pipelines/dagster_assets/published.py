"""The published state as an asset: what readers see, once everything before it has passed."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from lodge_pipelines.checking import freshness
from lodge_pipelines.dagster_assets.writer import ReportsWriter
from lodge_pipelines.dictionary_project import fingerprint
from lodge_pipelines.landing.control import last_landed
from lodge_pipelines.publishing import Built, publish
from lodge_platform.clock import utc_now
from lodge_platform.errors import MistakeError
from lodge_platform.settings import load

PUBLISHED = dg.AssetKey(["published"])


def published_asset(marts: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The asset that publishes, after every model of the dictionary and its checks."""

    @dg.multi_asset(
        name="published",
        specs=[
            dg.AssetSpec(
                PUBLISHED,
                deps=sorted(marts.keys),
                group_name="published",
                description="The snapshot of the reports store that readers see.",
            )
        ],
        check_specs=[dg.AssetCheckSpec("freshness", asset=PUBLISHED)],
    )
    def published(
        context: dg.AssetExecutionContext, reports_writer: ReportsWriter
    ) -> Iterator[dg.MaterializeResult[Any]]:
        connection, now = reports_writer.connection, utc_now()
        load_id, landed_at = last_landed(connection)
        if landed_at is None:
            raise MistakeError("nothing was landed before publishing")
        snapshot_no = publish(
            connection,
            load(),
            built=Built(fingerprint(), load_id),
            run_name=f"dagster run {context.run_id}",
            landed_at=landed_at,
            published_at=now,
        )
        fresh = freshness(connection, now=now)
        yield dg.MaterializeResult(
            asset_key=PUBLISHED,
            metadata={"snapshot_no": snapshot_no, "landed_at": landed_at.isoformat()},
            check_results=[
                dg.AssetCheckResult(
                    check_name="freshness", passed=fresh.is_passed, description=fresh.said
                )
            ],
        )

    return published
