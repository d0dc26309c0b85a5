"""Two answers side by side, and in words where they differ. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import orjson
from lxml import etree

_MOST = 10
_LONGEST = 60
Values = dict[str, str]


class Parts(NamedTuple):
    """What is around the rows, the rows, and the end or error; values by place, as text."""

    around: Values
    rows: list[Values]
    end: Values


def differences(expected: bytes, found: bytes, *, root: str, is_json: bool) -> list[str]:
    """Where `found` is not as `expected`, at most about ten sentences; blank text between elements
    does not count."""
    if expected == found:
        return []
    read = _json if is_json else _xml
    try:
        wanted = read(expected, root)
    except (etree.XMLSyntaxError, orjson.JSONDecodeError, ValueError) as error:
        return [f"the expected file cannot be read: {error}"]
    said = list(_said(wanted, read(found, root)))
    more = len(said) - _MOST
    return [*said[:_MOST], f"and {more} more differences"] if more > 0 else said


def _said(wanted: Parts, found: Parts) -> Iterator[str]:
    yield from _compared("the answer", wanted.around, found.around)
    if len(wanted.rows) != len(found.rows):
        yield f"{_rows(len(found.rows))}, expected {_rows(len(wanted.rows))}"
    for number, (one, other) in enumerate(zip(wanted.rows, found.rows, strict=False), 1):
        yield from _compared(f"row {number}", one, other)
    yield from _compared("the end", wanted.end, found.end)


def _compared(where: str, wanted: Values, found: Values) -> Iterator[str]:
    for name in dict.fromkeys((*wanted, *found)):
        expected, got = wanted.get(name), found.get(name)
        if expected == got:
            continue
        if got is None:
            yield f"{where}: {name} is missing, expected {_short(expected)}"
        elif expected is None:
            yield f"{where}: {name} is {_short(got)}, and was not expected"
        else:
            yield f"{where}: {name} is {_short(got)}, expected {_short(expected)}"


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _short(value: str | None) -> str:
    said = value or ""
    return repr(said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…")


def _xml(content: bytes, _root: str) -> Parts:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root: Any = etree.fromstring(content, parser)
    rows: list[Values] = []
    end: Values = {}
    for child in root:
        if child.tag in ("end", "error"):
            end = _flat(child)
        elif isinstance(child.tag, str):
            rows.append(_flat(child))
    return Parts(dict(root.attrib), rows, end)


def _flat(element: Any) -> Values:
    """Every attribute and text below an element by its path; the second of a name is name[2]."""
    found: Values = {str(name): str(value) for name, value in element.attrib.items()}
    counted: dict[str, int] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        counted[child.tag] = counted.get(child.tag, 0) + 1
        number = counted[child.tag]
        name = child.tag if number == 1 else f"{child.tag}[{number}]"
        inner = _flat(child)
        if not len(child):
            found[name] = child.text or ""
        found |= {f"{name}.{path}": value for path, value in inner.items()}
    return found


def _json(content: bytes, root: str) -> Parts:
    document = orjson.loads(content)
    if not isinstance(document, dict):
        raise ValueError("it is no object")
    known = cast("dict[str, Any]", document)
    around = {
        name: _text(value) for name, value in known.items() if name not in (root, "end", "error")
    }
    end: Any = known.get("end") or known.get("error") or {}
    rows: list[Any] = known.get(root) or []
    return Parts(around, [_leaves(row) for row in rows], _leaves(end))


def _leaves(value: Any, path: str = "") -> Values:
    if isinstance(value, Mapping):
        named = cast("Mapping[str, Any]", value)
        steps = [(f"{path}.{name}" if path else name, one) for name, one in named.items()]
    elif isinstance(value, list):
        listed = cast("list[Any]", value)
        steps = [(f"{path}[{number}]", one) for number, one in enumerate(listed, 1)]
    else:
        return {} if value is None else {path: _text(value)}
    found: Values = {}
    for step, one in steps:
        found |= _leaves(one, step)
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
