"""`{name}` in an address, a query, a JSON body or a form: parameters, encoded for their place.

    address("https://shop.example/customers/{email}", {"tier": "{tier}"}, {"email": "a/b@c"})
    # https://shop.example/customers/a%2Fb%40c

A parameter without a value leaves its query, form or JSON entry out; in a path it is missing, and
refused. A JSON value that is one placeholder and nothing else keeps the parameter's type. Pure.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from lodge_adapters.access.source import Values
from lodge_adapters.reading_access import PLACE
from lodge_platform.errors import RefusedError, SetUpError, nearest

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_CLIMBING = re.compile(r"[/\\;]")


def address(url: str, query: Mapping[str, str], values: Values) -> str:
    """The address with every parameter in its place; scheme, host and port are the template's.

    Raises RefusedError for a value that would climb (`..`) or is missing in the path, SetUpError
    for a template that cannot be used.
    """
    parts = _ADDRESS.fullmatch(url)
    if parts is None:
        raise SetUpError(f"{url[:100]!r} is no URL; write it as https://example.org/path")
    if PLACE.search(parts[1]):
        raise SetUpError(f"{parts[1][:100]!r}: a parameter cannot choose the host")
    path = PLACE.sub(lambda found: _segment(found[1], values), parts[2] or "/")
    entries = [
        filled
        for entry in (parts[3] or "?")[1:].split("&")
        if entry and (filled := _entry(entry, values)) is not None
    ]
    for name, template in query.items():
        value = text(template, values)
        if value is not None:
            entries.append(_pair(name, value))
    return parts[1] + path + (f"?{'&'.join(entries)}" if entries else "")


def with_query(url: str, entries: Mapping[str, str]) -> str:
    """The address with these entries in its query, in place of any of the same name."""
    place, _, said = url.partition("?")
    kept = [one for one in said.split("&") if one and _name(one) not in entries]
    kept += [_pair(name, value) for name, value in entries.items()]
    return f"{place}?{'&'.join(kept)}" if kept else place


def json_body(template: Mapping[str, str], values: Values) -> bytes:
    """A JSON object. Numbers are written with every digit, instants in UTC."""
    members: list[str] = []
    for name, said in template.items():
        whole = PLACE.fullmatch(said)
        value = _value(whole[1], values) if whole else text(said, values)
        if value is not None:
            members.append(f"{json.dumps(name)}:{_json(value)}")
    return f"{{{','.join(members)}}}".encode()


def form_body(template: Mapping[str, str], values: Values) -> bytes:
    """A form, as a browser sends it (application/x-www-form-urlencoded)."""
    filled = {name: text(said, values) for name, said in template.items()}
    return urlencode({name: said for name, said in filled.items() if said is not None}).encode()


def text(template: str, values: Values) -> str | None:
    """The template with every parameter as text; None where one of them has no value."""
    if any(_value(name, values) is None for name in PLACE.findall(template)):
        return None
    return PLACE.sub(lambda found: _said(_value(found[1], values)), template)


def _value(name: str, values: Values) -> Any:
    if name not in values:
        raise SetUpError(f"{{{name}}} is no parameter of the link; {nearest(name, values)}")
    value = values[name]
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise RefusedError(f"{name} has half a character in it", field=name) from error
    return value


def _said(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _json(value: Any) -> str:
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if isinstance(value, bool) or is_number:
        return _said(value)
    return json.dumps(_said(value), ensure_ascii=False)


def _segment(name: str, values: Values) -> str:
    value = _value(name, values)
    said = "" if value is None else _said(value)
    if not said:
        raise RefusedError(f"{name} is missing; it stands in the source's address", field=name)
    # Servers differ in what they take for the end of a segment, some even when it is encoded.
    if any(part in (".", "..") for part in _CLIMBING.split(said)):
        raise RefusedError(f"{name} cannot hold '.' or '..' as a step of a path", field=name)
    return quote(said, safe="")


def _entry(entry: str, values: Values) -> str | None:
    """One `name=value` of the address's own query: its text as it stands, parameters encoded."""
    if any(_value(name, values) is None for name in PLACE.findall(entry)):
        return None
    return PLACE.sub(lambda found: quote(_said(_value(found[1], values)), safe=""), entry)


def _pair(name: str, value: str) -> str:
    return f"{quote(name, safe='')}={quote(value, safe='')}"


def _name(entry: str) -> str:
    return unquote_plus(entry.partition("=")[0])
