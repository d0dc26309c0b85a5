"""`lodge config`: configuration as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_core.configuring.changes import Change

BY = "lodge config apply"
_COLUMNS = ("action", "kind", "name", "columns")


@click.group("config")
def config() -> None:
    """Configuration as files: see what one would change, and apply it."""


@config.command("apply")
@verb_right(Action.CONFIGURATION_WRITE)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_invocation
def apply_(invocation: Invocation, file: Path, as_json: bool) -> None:
    """Bring the configuration to what FILE says, in one transaction: all of it or nothing.

    Rows are known by their names: those that FILE names are made or changed, others are left
    alone. Applying the same file again changes nothing.
    """
    from lodge_core.configuring.applying import apply
    from lodge_core.configuring.reading import read_configuration_file

    read = read_configuration_file(file)
    _show(apply(invocation.lodge(), read, by=BY, now=utc_now()), as_json=as_json)


@config.command("plan")
@verb_right(Action.CONFIGURATION_READ)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_invocation
def plan_(invocation: Invocation, file: Path, as_json: bool) -> None:
    """Show what applying FILE would change, without changing anything."""
    from lodge_core.configuring.applying import plan
    from lodge_core.configuring.reading import read_configuration_file

    read = read_configuration_file(file)
    _show(plan(invocation.lodge(), read, now=utc_now()), as_json=as_json)


def _show(changes: "list[Change]", *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "action": change.action,
            "kind": change.kind,
            "name": change.name,
            "columns": list(change.columns) if as_json else "; ".join(change.columns),
        }
        for change in changes
    ]
    if rows or as_json:
        show_rows(rows, as_json=as_json, columns=_COLUMNS)
    if not rows:
        click.echo("nothing changes: everything is so already", err=True)
