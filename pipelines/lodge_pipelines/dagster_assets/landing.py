"""Landing as one multi-asset: a key [store, table] for each landed table, with its checks."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from lodge_pipelines.checking import Check, contract, references
from lodge_pipelines.dagster_assets.links import LINK_LOADS
from lodge_pipelines.dagster_assets.writer import ReportsWriter
from lodge_pipelines.landing import TableLoad, load
from lodge_platform.clock import utc_now
from lodge_platform.schema.landed import landed_tables
from lodge_platform.settings import load as load_settings

_LOADS = ["landing_control", "loads"]
_CHECKS = {
    "row_counts": "The copy held as many rows, in the same versions, as the store.",
    "contract": "The copy has the columns and types that the schema declares.",
    "references": "Every foreign key of the copy leads to a landed row.",
}
_SPECS = [
    *(
        dg.AssetSpec([table.store, table.name], description=table.comment, group_name="landing")
        for table in landed_tables()
    ),
    dg.AssetSpec(
        _LOADS,
        description="One row per load and store.",
        group_name="landing",
        deps=[dg.AssetKey(LINK_LOADS)],  # calls that loads of links make are landed with the rest
    ),
]
_CHECK_SPECS = [
    dg.AssetCheckSpec(
        name,
        asset=[table.store, table.name],
        description=said,
        blocking=name != "row_counts",  # a copy that differed was made anew in the same load
    )
    for table in landed_tables()
    for name, said in _CHECKS.items()
]


@dg.multi_asset(name="landing", specs=_SPECS, check_specs=_CHECK_SPECS)
def landing(reports_writer: ReportsWriter) -> Iterator[dg.MaterializeResult[Any]]:
    """Bring every landed copy up to its store, in one transaction."""
    connection = reports_writer.connection
    report = load(connection, load_settings(), now=utc_now())
    found = [*contract(connection), *references(connection)]
    for store in report.stores:
        for name, table in store.tables.items():
            ours = [check for check in found if (check.store, check.table) == (store.store, name)]
            yield dg.MaterializeResult(
                asset_key=[store.store, name],
                metadata={
                    "landed": table.landed,
                    "removed": table.removed,
                    "dagster/row_count": table.rows or 0,
                },
                check_results=list(_results(store.store, name, table, checks=ours)),
            )
    yield dg.MaterializeResult(
        asset_key=_LOADS, metadata={"load_id": report.load_id, "seconds": report.seconds}
    )


def _results(
    store: str, name: str, table: TableLoad, *, checks: list[Check]
) -> Iterator[dg.AssetCheckResult]:
    asset = dg.AssetKey([store, name])
    yield dg.AssetCheckResult(
        check_name="row_counts",
        asset_key=asset,
        passed=not table.is_repaired,
        severity=dg.AssetCheckSeverity.WARN,  # the copy was made anew in the same load
        metadata={"rows": table.rows or 0},
    )
    for kind in ("contract", "references"):
        said = [check for check in checks if check.name == kind]
        yield dg.AssetCheckResult(
            check_name=kind,
            asset_key=asset,
            passed=all(check.is_passed for check in said),
            description="; ".join(check.said for check in said) or "nothing to refer to",
        )
