"""`lodge config`: configuration as files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lodge_core.configuring.showing import show_changes, show_plan
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_of, json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_platform.configuring.applying import Applied

BY = "lodge config apply"
_PATH = click.Path(path_type=Path)
_expect = click.option(
    "--expect", type=int, help="Refuse unless the configuration is at this version."
)
_requeue = click.option(
    "--requeue", is_flag=True, help="Then move waiting activities to where rules place them now."
)


@click.group("config")
def config() -> None:
    """Configuration as files: export it, see what a change would do, apply it, undo it."""


@config.command("export")
@verb_right(Action.CONFIGURATION_READ)
@click.argument("path", type=_PATH, required=False)
@json_option
@pass_invocation
def export(invocation: Invocation, path: Path | None, as_json: bool) -> None:
    """Write the whole configuration to PATH: a folder, or one file whose name ends in .yaml.

    Without PATH it goes to the output. Secrets are named, never written; the order is fixed, so
    that the same configuration gives the same bytes.
    """
    from lodge_platform.configuring.exporting import (
        as_files,
        as_yaml,
        configuration_of_rows,
        write_files,
    )
    from lodge_platform.configuring.registry import configuration_kinds
    from lodge_platform.configuring.rows import read_rows

    with invocation.lodge().stores.master.read() as master:
        said = configuration_of_rows(read_rows(master, configuration_kinds()))
    text = json_of(said, is_indented=True) + "\n" if as_json else as_yaml(said)
    if path is None:
        click.echo(text, nl=False)
        return
    if as_json or path.suffix in (".yaml", ".yml", ".json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((text if path.suffix != ".json" else json_of(said) + "\n").encode())
        written = [path]
    else:
        written = write_files(path, as_files(said))
    for one in written:
        click.echo(f"wrote {one}", err=True)


@config.command("apply")
@verb_right(Action.CONFIGURATION_WRITE)
@click.argument("file", type=_PATH)
@click.option("--prune", is_flag=True, help="Also remove rows that FILE does not name.")
@_expect
@_requeue
@json_option
@pass_invocation
def apply_(
    invocation: Invocation,
    file: Path,
    prune: bool,
    expect: int | None,
    requeue: bool,
    as_json: bool,
) -> None:
    """Bring the configuration to what FILE says, in one transaction: all of it or nothing.

    FILE may be a folder that export made. Rows are known by their names: those that FILE names
    are made or changed, others are left alone. Applying the same file again changes nothing.

    --prune removes rows that FILE does not name, of the kinds it does name: deleted where nothing
    refers to them, else switched off. Waiting activities stay where they are without --requeue.
    """
    from lodge_platform.configuring.applying import apply
    from lodge_platform.configuring.reading import read_configuration_file

    lodge, read = invocation.lodge(), read_configuration_file(file)
    applied = apply(lodge, read, by=BY, now=utc_now(), expect=expect, is_pruning=prune)
    _end(invocation, applied, requeue=requeue, as_json=as_json)


@config.command("plan")
@verb_right(Action.CONFIGURATION_READ)
@click.argument("file", type=_PATH)
@click.option("--prune", is_flag=True, help="As for apply.")
@json_option
@pass_invocation
def plan_(invocation: Invocation, file: Path, prune: bool, as_json: bool) -> None:
    """Show what applying FILE would change, and what live work would see of it.

    Nothing is changed. The version it prints goes to `lodge config apply --expect`.
    """
    from lodge_platform.configuring.applying import plan
    from lodge_platform.configuring.reading import read_configuration_file

    read = read_configuration_file(file)
    planned = plan(invocation.lodge(), read, now=utc_now(), is_pruning=prune)
    show_plan(planned, as_json=as_json)


@config.command("rollback")
@verb_right(Action.CONFIGURATION_WRITE)
@click.argument("version", type=int)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@_expect
@_requeue
@json_option
@pass_invocation
def rollback_(
    invocation: Invocation,
    version: int,
    dry_run: bool,
    expect: int | None,
    requeue: bool,
    as_json: bool,
) -> None:
    """Bring every row back to what it was right after VERSION, in one transaction.

    The rows get new versions; nothing is forgotten. Passwords and other secrets stay as they are
    now. Rows made since are deleted, or switched off where others refer to them.
    """
    from lodge_platform.configuring.undoing import plan_rollback, rollback

    lodge, now = invocation.lodge(), utc_now()
    if dry_run:
        show_plan(plan_rollback(lodge, version, now=now), as_json=as_json)
        return
    by = f"lodge config rollback {version}"
    applied = rollback(lodge, version, by=by, now=now, expect=expect)
    _end(invocation, applied, requeue=requeue, as_json=as_json)


@config.command("history")
@verb_right(Action.CONFIGURATION_READ)
@click.option("--kind", help="Only rows of this kind, one by one, such as queues.")
@click.option("--name", help="Only the row of that name; with --kind.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
@pass_invocation
def history(
    invocation: Invocation, kind: str | None, name: str | None, most: int, as_json: bool
) -> None:
    """Show the last changes, newest first, with the version to roll back to."""
    from lodge_core.configuring.showing import show_versions
    from lodge_platform.configuring.history import changes_made
    from lodge_platform.configuring.registry import configuration_kinds

    with invocation.lodge().stores.master.read() as master:
        if kind is not None:
            show_versions(master, kind, name, most=most, as_json=as_json)
            return
        lines = changes_made(master, configuration_kinds(), most=most)
    rows = [
        {
            "version": line.version,
            "changed_at": line.changed_at,
            "changed_by": line.changed_by,
            "rows": line.rows,
            "kinds": list(line.kinds) if as_json else ", ".join(line.kinds),
        }
        for line in lines
    ]
    show_rows(rows, as_json=as_json)


def _end(invocation: Invocation, applied: "Applied", *, requeue: bool, as_json: bool) -> None:
    moved: int | None = None
    if requeue:
        from lodge_core.configuring.requeueing import requeue_waiting

        moved = requeue_waiting(invocation.lodge(), now=utc_now())
    show_changes(applied, moved, as_json=as_json)
