"""Rows as plain mappings, for JSON and for other rooms of the house."""

from collections.abc import Iterable
from typing import Any

from lodge_adapters.answers.contracts import Row
from lodge_adapters.answers.fields import ALL, Seen, shown_fields
from lodge_adapters.language import Contract, Field, Link


def mappings_of(rows: Iterable[Row], link: Link, seen: Seen = ALL) -> list[dict[str, Any]]:
    """Each row by field name; `more` with what is undeclared, where a contract hands it out."""
    fields = shown_fields(link.answer.fields, seen)
    names = [field.name for field in fields]
    if link.contract is Contract.EVOLVE:
        names.append("more")
    if not any(field.fields for field in fields):
        return [dict(zip(names, row, strict=True)) for row in rows]
    nested = [(place, field) for place, field in enumerate(fields) if field.fields]
    found: list[dict[str, Any]] = []
    for row in rows:
        named = dict(zip(names, row, strict=True))
        for place, field in nested:
            named[field.name] = _value(field, row[place], seen)
        found.append(named)
    return found


def _named(fields: tuple[Field, ...], row: Row, seen: Seen) -> dict[str, Any]:
    return {field.name: _value(field, cell, seen) for field, cell in zip(fields, row, strict=False)}


def _value(field: Field, cell: Any, seen: Seen) -> Any:
    if cell is None or not field.fields:
        return cell
    inner = shown_fields(field.fields, seen)
    if field.is_list:
        return [_named(inner, one, seen) for one in cell]
    return _named(inner, cell, seen)
