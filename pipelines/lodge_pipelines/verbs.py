"""`lodge pipelines`: load, transform and check now."""

import click

from lodge_platform.cli.endings import BROKEN, DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation, require_home
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right


@click.group("pipelines")
def pipelines() -> None:
    """Landing, models and checks of the reports store."""


@pipelines.command("run")
@verb_right(Action.PIPELINES_RUN)
@click.argument("assets", nargs=-1, metavar="[ASSET...]")
@click.option("--full", "is_full", is_flag=True, help="Land every row anew, not only changes.")
@click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    help="Seconds to wait while another process writes.",
)
@json_option
@pass_invocation
def run(
    invocation: Invocation,
    assets: tuple[str, ...],
    is_full: bool,
    wait_seconds: float,
    as_json: bool,
) -> int:
    """Load, transform, check and publish now.

    Without ASSET, everything, and readers then see the new state. With ASSET, only those:
    `landing`, `links`, one link such as `links.orders`, or a model with all it is made from, such
    as `queue_intervals`; nothing is published then. Exits 3, after everything else is done, when a
    link could not be loaded; what it had stays.
    """
    from lodge_pipelines.names import require_assets
    from lodge_pipelines.running import run as run_pipelines

    settings = invocation.settings()
    require_home(settings)
    require_assets(settings, assets)
    report = run_pipelines(
        settings,
        now=utc_now(),
        run_name="lodge pipelines run",
        assets=assets,
        is_full=is_full,
        wait_seconds=wait_seconds,
        say=lambda line: click.echo(line, err=True),
    )
    rows = [
        {"store": s.store, "table": name, "landed": t.landed, "removed": t.removed, "rows": t.rows}
        for s in (report.load.stores if report.load else ())
        for name, t in s.tables.items()
        if t.has_changes or as_json
    ]
    rows += [
        {
            "store": "links",
            "table": link.link,
            "landed": link.written,
            "removed": link.removed,
            "rows": link.rows,
        }
        for link in report.links
        if link.failure is None and (link.written or link.removed or as_json)
    ]
    show_rows(rows, as_json=as_json)
    click.echo(f"{report.seconds:.1f} s", err=True)
    return BROKEN if any(link.failure for link in report.links) else DONE
