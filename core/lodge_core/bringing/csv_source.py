"""Things out of a CSV file: which column is which field, by name or by a map.

The map is a YAML file: `columns` gives a field its column, `values` a field's words their words
here, `usual` a field's value where the file has none, `leave_out` the columns that are not wanted.
A column that is neither a field nor named there is refused: nothing is dropped in silence.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from lodge_core.bringing.csv_form import Line, Table, lines_of
from lodge_core.bringing.things import Kind, Point, Rejected, Thing, Whose
from lodge_platform.errors import RefusedError, nearest

KINDS: dict[str, Kind] = {
    "customers": "customer",
    "cases": "case",
    "activities": "activity",
    "articles": "article",
}
_POINTS = ("email", "phone", "web", "postal")
FIELDS: dict[Kind, tuple[str, ...]] = {
    "customer": ("id", "name", "kind", *_POINTS, "parent"),
    "case": (
        *("id", "subject", "customer", "customer_email", "customer_id", "description"),
        *("severity", "due_at", "status", "solution", "note"),
    ),
    "activity": (
        *("id", "subject", "case", "case_id", "customer", "customer_email", "customer_id"),
        *("queue", "priority", "description", "subtype", "language", "due_at", "note"),
    ),
    "article": ("id", "folder", "title", "html", "language", "status"),
}
_REQUIRED: dict[Kind, tuple[str, ...]] = {
    "customer": (),
    "case": ("subject",),
    "activity": ("subject",),
    "article": ("title", "html", "folder"),
}
_NUMBERS = ("customer_id", "case_id", "priority")
_LOOKED_UP = (
    "id",
    *_POINTS,
    "parent",
    "customer",
    "customer_email",
    "customer_id",
    "case",
    "queue",
)
_APART = (*_LOOKED_UP, "folder", "status", "solution", "note")
_ENDED = {"case": ("closed",), "article": ("published",)}
_STATUSES = {"case": ("open", "closed"), "article": ("draft", "published")}


# Columns of the list of what was refused, which can be brought again when it is mended.
ADDED = ("rejected_where", "rejected_reason")


class Map(Struct, frozen=True, forbid_unknown_fields=True):
    """What a map file says."""

    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    usual: dict[str, str] = {}
    leave_out: list[str] = []


def read_map(path: Path | None) -> Map:
    """The map in a YAML file; an empty one without. Raises RefusedError naming what is wrong."""
    if path is None:
        return Map()
    try:
        said: Any = yaml.safe_load(path.read_text("utf-8"))
        return msgspec.convert(said or {}, Map, strict=False)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RefusedError(
            f"{path} cannot be read as YAML: {str(error).splitlines()[0]}"
        ) from error
    except msgspec.ValidationError as error:
        raise RefusedError(f"{path}: {error}") from error


def things_in(table: Table, kind: Kind, given: Map) -> Iterator[Thing | Rejected]:
    """A thing for each line. Raises RefusedError at once for a column that means nothing."""
    columns = _columns(table, kind, given)
    return _things(table, kind, given, columns)


def _things(
    table: Table, kind: Kind, given: Map, columns: Mapping[str, str]
) -> Iterator[Thing | Rejected]:
    for line in lines_of(table):
        if isinstance(line, Rejected):
            yield line
            continue
        fields = dict(given.usual)
        for name, column in columns.items():
            if value := line.cells[column].strip():
                fields[name] = given.values.get(name, {}).get(value, value)
        try:
            yield _thing(kind, line, fields)
        except ValueError as error:
            yield Rejected(where=f"line {line.number}", reason=str(error), given=line.cells)


def _columns(table: Table, kind: Kind, given: Map) -> dict[str, str]:
    """Column of each field. Raises RefusedError for a name that is none."""
    known = FIELDS[kind]
    for name in (*given.columns, *given.values, *given.usual):
        if name not in known and not name.startswith("attributes."):
            raise RefusedError(f"{kind}s have no field {name!r}; {nearest(name, known)}")
    for column in (*given.columns.values(), *given.leave_out):
        if column not in table.names:
            raise RefusedError(f"there is no column {column!r}; {nearest(column, table.names)}")
    found = dict(given.columns)
    for column in table.names:
        if column in (*given.columns.values(), *given.leave_out, *ADDED):
            continue
        if column not in known and not column.startswith("attributes."):
            raise RefusedError(
                f"column {column!r} is no field of {kind}s ({', '.join(known)}, attributes.NAME); "
                "give it a field under `columns` of a map, or name it under `leave_out`"
            )
        found.setdefault(column, column)
    for name in _REQUIRED[kind]:
        if name not in found and name not in given.usual:
            raise RefusedError(f"no column is the {name} of a {kind}; name one in a map")
    return found


def _thing(kind: Kind, line: Line, fields: dict[str, str]) -> Thing:
    for name in _REQUIRED[kind]:
        if not fields.get(name):
            raise ValueError(f"the {name} is missing")
    numbers = {name: _number(name, fields[name]) for name in _NUMBERS if name in fields}
    status = fields.get("status")
    if status is not None and status not in _STATUSES[kind]:
        raise ValueError(f"status {status!r} is not allowed; allowed: {_STATUSES[kind]}")
    values: dict[str, Any] = {
        name: numbers.get(name, value)
        for name, value in fields.items()
        if name not in _APART and not name.startswith("attributes.")
    }
    whole = "\0".join(line.cells.values())
    return Thing(
        kind=kind,
        source_id=fields.get("id") or f"line {sha256(whole.encode()).hexdigest()[:20]}",
        where=f"line {line.number}",
        given=line.cells,
        values=values,
        attributes={
            name.removeprefix("attributes."): value
            for name, value in fields.items()
            if name.startswith("attributes.")
        },
        points=tuple(
            Point(name, address.strip())
            for name in _POINTS
            for address in fields.get(name, "").split("\n" if name == "postal" else ";")
            if address.strip()
        ),
        parent=fields.get("parent"),
        whose=_whose(kind, fields, numbers.get("customer_id")),
        case=fields.get("case"),
        queue=fields.get("queue"),
        folder=fields.get("folder"),
        solution=fields.get("solution"),
        is_ended=status in _ENDED.get(kind, ()),
        notes=(fields["note"],) if "note" in fields else (),
    )


def _whose(kind: Kind, fields: Mapping[str, str], customer_id: int | None) -> Whose | None:
    if kind not in ("case", "activity"):
        return None
    named = [name for name in ("customer", "customer_email", "customer_id") if name in fields]
    has_case = "case" in fields or "case_id" in fields
    if len(named) > 1 or (not named and (kind == "case" or not has_case)):
        raise ValueError("name the customer by one of customer, customer_email, customer_id")
    if not named:
        return None
    return Whose(
        source_id=fields.get("customer"),
        address=fields.get("customer_email"),
        customer_id=customer_id,
    )


def _number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise ValueError(f"{name} is a whole number, not {value!r}")
    return int(value)
