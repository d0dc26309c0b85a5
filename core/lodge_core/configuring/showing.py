"""Plans, changes and versions as the verbs of `lodge config` print them."""

from typing import TYPE_CHECKING, Any

import click
import msgspec

from lodge_platform.cli.output import cell, json_of, show_rows
from lodge_platform.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lodge_platform.configuring.applying import Applied, Plan
    from lodge_platform.configuring.comparing import Change

_COLUMNS = ("action", "kind", "name", "columns")
_NOTHING = "nothing changes: everything is so already"


def show_plan(planned: "Plan", *, as_json: bool) -> None:
    """What would change, what live work would see, and the version it was computed on."""
    if as_json:
        said = {
            "configuration_version": planned.version,
            "changes": [plain_change(change) for change in planned.changes],
            "effects": [msgspec.to_builtins(effect) for effect in planned.effects],
        }
        click.echo(json_of(said, is_indented=True))
        return
    _table(planned.changes)
    if planned.effects:
        click.echo("\nOn live work:")
    for effect in planned.effects:
        click.echo(f"  {cell(effect.sentence)}")
    click.echo(f"computed on configuration version {planned.version}", err=True)


def show_changes(applied: "Applied", moved: int | None, *, as_json: bool) -> None:
    """What was changed, the version now, and how many waiting activities moved."""
    if as_json:
        said: dict[str, Any] = {
            "configuration_version": applied.version,
            "changes": [plain_change(change) for change in applied.changes],
        }
        click.echo(json_of(said | ({} if moved is None else {"requeued": moved}), is_indented=True))
        return
    _table(applied.changes)
    if moved is not None:
        click.echo(f"{moved} waiting activities went to another queue", err=True)
    click.echo(f"configuration version {applied.version}", err=True)


def show_versions(
    master: "Connection", kind: str, name: str | None, *, most: int, as_json: bool
) -> None:
    """The versions of a kind's rows, or of one row."""
    from lodge_platform.configuring.history import versions_of
    from lodge_platform.configuring.registry import configuration_kinds

    kinds, key = configuration_kinds(), None
    lines = versions_of(master, kinds, kind, key=key, most=most if name is None else 100_000)
    if name is not None:
        wanted = kinds[kind].normal(name)
        lines = [line for line in lines if line.name == wanted][:most]
        if not lines:
            raise RefusedError(f"there was never a {kinds[kind].word} {name!r}")
    rows = [
        {
            "version": line.version,
            "name": line.name,
            "version_no": line.version_no,
            "action": line.action,
            "changed_at": line.changed_at,
            "changed_by": line.changed_by,
            "old_values": line.old_values,
        }
        | ({"new_values": line.new_values} if as_json else {})
        for line in lines
    ]
    show_rows(rows, as_json=as_json)


def plain_change(change: "Change") -> dict[str, Any]:
    """A change for programs."""
    said: dict[str, Any] = {
        "action": change.action,
        "kind": change.kind,
        "name": change.name,
        "columns": [msgspec.to_builtins(column) for column in change.columns],
    }
    return said | ({"notes": list(change.notes)} if change.notes else {})


def _table(changes: "Sequence[Change]") -> None:
    rows = [
        {
            "action": change.action,
            "kind": change.kind,
            "name": change.name,
            "columns": "; ".join(change.told()),
        }
        for change in changes
    ]
    if rows:
        show_rows(rows, as_json=False, columns=_COLUMNS)
    else:
        click.echo(_NOTHING, err=True)
