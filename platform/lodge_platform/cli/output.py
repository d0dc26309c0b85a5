"""Results on stdout: rows as an aligned table, or as JSON with `--json`."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import click

json_option: Callable[[Callable[..., object]], Callable[..., object]] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON instead of a table."
)
"""The shared option `--json`; the verb gets it as `as_json`."""

# Control characters in stored text must not steer the reader's terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def show_rows(
    rows: Sequence[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str] | None = None
) -> None:
    """Print rows: a JSON array with one object a line, or a table of `columns` (else all)."""
    if as_json:
        lines = ",\n".join(json_of(dict(row)) for row in rows)
        click.echo(f"[\n{lines}\n]" if lines else "[]")
        return
    names = list(columns or (rows[0] if rows else ()))
    if names:
        _table(names, [[cell(row.get(name)) for name in names] for row in rows])


def json_of(value: Any, *, is_indented: bool = False) -> str:
    """`value` as JSON; instants as ISO 8601 in UTC with Z."""
    return json.dumps(value, ensure_ascii=False, default=_plain, indent=2 if is_indented else None)


def cell(value: Any) -> str:
    """A value as the text of a table's cell: empty for None, no control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, (dict, list)):
        return _CONTROL.sub("\ufffd", json_of(value))
    said = str(value.value) if isinstance(value, Enum) else str(value)
    return _CONTROL.sub("\ufffd", " ".join(said.splitlines()))


def _table(names: list[str], cells: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    is_terminal = sys.stdout.isatty()
    # In a pipe nothing is folded: a line of output is a row.
    console = Console(
        file=sys.stdout, width=None if is_terminal else 100_000, highlight=False, markup=False
    )
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=not is_terminal)
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return str(value)
