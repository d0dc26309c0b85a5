"""`lodge route`: why this agent or why nobody, and the journal decided again."""

from datetime import UTC, datetime

import click
import msgspec

from lodge_platform.cli.endings import BROKEN, DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right


@click.group("route")
def route() -> None:
    """Ask the router why, and let it decide its past again."""


@route.command("explain")
@verb_right(Action.ACTIVITY_READ)
@click.argument("activity_id", type=int)
@json_option
@pass_invocation
def explain(invocation: Invocation, activity_id: int, as_json: bool) -> int:
    """Say where ACTIVITY_ID is, why it was offered to whom, and why nobody has it now."""
    from lodge_core.routing.explain import explain as lines_of

    lines = lines_of(invocation.lodge(), activity_id, now=utc_now())
    show_rows([msgspec.structs.asdict(line) for line in lines], as_json=as_json)
    return DONE


@route.command("replay")
@verb_right(Action.STORE_VERIFY)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Only rounds decided from this instant on, UTC.",
)
@json_option
@pass_invocation
def replay(invocation: Invocation, since: datetime | None, as_json: bool) -> int:
    """Decide every journalled round again; exits 3 when one comes out differently."""
    from lodge_core.routing.journal import replay as decide_again

    start = since.replace(tzinfo=UTC) if since else None
    replayed = decide_again(invocation.lodge(), since=start)
    row = {
        "rounds": replayed.rounds,
        "decisions": replayed.decisions,
        "differing": len(replayed.differing),
        "first_differing": next(iter(replayed.differing), None),
    }
    show_rows([row], as_json=as_json)
    return BROKEN if replayed.differing else DONE
