"""What the page about a link tells: how it is asked, what it answers, who may ask it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from shlex import quote
from typing import Any
from urllib.parse import urlencode

from lodge_adapters.access.opening import kind_of
from lodge_adapters.answers.envelope import End
from lodge_adapters.answers.fields import Seen, is_shown, shown_fields
from lodge_adapters.answers.json_form import JsonForm
from lodge_adapters.answers.xml_form import XmlForm
from lodge_adapters.language import Contract, Field, Link, Parameter, Type
from lodge_adapters.library import KnownLink
from lodge_platform.links.answers import Provenance

_VALUES: dict[Type, Any] = {
    Type.TEXT: "text",
    Type.INTEGER: 7,
    Type.DECIMAL: Decimal("12.50"),
    Type.BOOLEAN: True,
    Type.DATE: date(2026, 1, 31),
    Type.INSTANT: datetime(2026, 1, 31, 9, tzinfo=UTC),
}
_TEXTS = {
    Type.INTEGER: "7",
    Type.DECIMAL: "12.50",
    Type.BOOLEAN: "true",
    Type.DATE: "2026-01-31",
    Type.INSTANT: "2026-01-31T09:00:00Z",
}
_CONTRACTS = {
    Contract.FREEZE: "An answer of the source that is not as declared is refused.",
    Contract.EVOLVE: "What is not as declared is handed out as text, in `more`.",
    Contract.DISCARD: "Rows that are not as declared are left out, and counted.",
}


@dataclass(frozen=True)
class ShownField:
    """A line of the table of fields; `depth` is how far in it stands."""

    field: Field
    depth: int
    is_shown: bool


def about_values(known: KnownLink, seen: Seen, *, origin: str) -> dict[str, Any]:
    """What the template is filled with, for a reader who may see `seen`; `origin` is scheme and
    host of our addresses."""
    link = known.link
    address = f"{origin}/links/{known.name}"
    return {
        "title": link.title,
        "known": known,
        "link": link,
        "kind": kind_of(link.access),
        "address": address,
        "fields": list(_fields(link.answer.fields, seen, 0)),
        "contract": _CONTRACTS[link.contract],
        "curls": _curls(link, address),
        "answers": _answers(known, seen) if not link.writes else (),
    }


def _fields(fields: Iterable[Field], seen: Seen, depth: int) -> Iterator[ShownField]:
    for field in fields:
        yield ShownField(field, depth, is_shown(field, seen))
        yield from _fields(field.fields, seen, depth + 1)


def _curls(link: Link, address: str) -> list[tuple[str, str]]:
    given = {one.name: _example(one) for one in link.parameters if one.required}
    key = "-H 'Authorization: Bearer KEY'"
    if link.writes:
        said = urlencode(given)
        lines = [f"curl -X POST {key}", "-H 'Idempotency-Key: order-7-note-1'"]
        lines += [f"-d {quote(said)}"] if said else []
        return [("As a form", _broken([*lines, quote(address)]))]
    asked = quote(f"{address}?{urlencode(given)}" if given else address)
    return [
        ("As XML", _broken([f"curl {key}", asked])),
        ("As JSON", _broken([f"curl {key}", "-H 'Accept: application/json'", asked])),
        ("The XML schema", _broken([f"curl {key}", quote(f"{address}/schema.xsd")])),
    ]


def _broken(parts: list[str]) -> str:
    return " \\\n".join(parts)


def _example(parameter: Parameter) -> str:
    if parameter.allowed:
        return parameter.allowed[0]
    if parameter.source is not None and parameter.source.endswith(".address"):
        return "ada@example.org"
    return _TEXTS.get(parameter.type, "text")


def _answers(known: KnownLink, seen: Seen) -> list[tuple[str, str]]:
    """An answer of one row with made-up values, in both forms."""
    place = f"where {known.name} has its rows"
    provenance = Provenance(source=place, fetched_at=datetime(2026, 1, 31, 9, tzinfo=UTC))
    fields = shown_fields(known.link.answer.fields, seen)
    row = tuple(_value(field, seen) for field in fields)
    if known.link.contract is Contract.EVOLVE:
        row = (*row, None)
    found: list[tuple[str, str]] = []
    for form in (
        XmlForm(known.name, known.link, seen),
        JsonForm(known.name, known.link, seen),
    ):
        parts = (form.head(provenance, known.version), form.rows([row]), form.end(End(rows=1)))
        found.append((form.media, b"".join(parts).decode()))
    return found


def _value(field: Field, seen: Seen) -> Any:
    if field.fields:
        inner = tuple(_value(one, seen) for one in shown_fields(field.fields, seen))
        return [inner] if field.is_list else inner
    value = _VALUES[field.type]
    return [value] if field.is_list else value
