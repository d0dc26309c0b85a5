"""Answers as XML, for the four resources of the field: things out as elements named like fields.

A field of a fixed type holds its value; one of a free form (`attributes`) names in xsi:type what it
holds: text, number, boolean, a list of `item` or a map of `entry name="..."`. What is empty has
xsi:nil, so an empty list, an empty text and nothing are three things. The schema of all this is
made in `xsd`.
"""

from typing import Any

import orjson

from lodge_platform.api.answers import XML, Answer
from lodge_platform.api.collection import Collection
from lodge_platform.api.operation import Operation
from lodge_platform.api.xml_words import NAMESPACE, XSI, attribute, element_of, page_of, text

_OPENING = '<?xml version="1.0" encoding="UTF-8"?>\n<{} xmlns="{}" xmlns:xsi="{}">'


def as_xml(operation: Operation, answer: Answer) -> Answer:
    """The JSON answer of an operation as XML; its ETag tells the two apart."""
    collection = operation.collection
    if collection is None or not answer.content:
        return answer
    content = xml_of(collection, answer.content, is_list=operation.is_list)
    headers = [
        (name, xml_tag(value) if name.lower() == "etag" else value)
        for name, value in answer.headers
    ]
    return Answer(answer.status, content, XML, headers, row_count=answer.row_count)


def xml_tag(etag: str) -> str:
    """The strong ETag of the XML form of what has `etag` as JSON."""
    return f'{etag[:-1]}-x"'


def xml_of(collection: Collection, content: bytes, *, is_list: bool) -> bytes:
    """JSON of a thing or a page of things as XML."""
    value = orjson.loads(content)
    if is_list:
        return _page(collection, value).encode()
    name = element_of(collection)
    return f"{_opening(name)}{_thing(collection, value)}</{name}>\n".encode()


def free_form(name: str, value: Any, attributes: str = "") -> str:
    """A value of a free form as an element that says of what type it is itself.

    `attributes` begin with a blank."""
    if value is None:
        return f'<{name}{attributes} xsi:nil="true"/>'
    if isinstance(value, str):
        said, mark = text(value)
        return f'<{name}{attributes} xsi:type="text"{mark}>{said}</{name}>'
    if isinstance(value, bool | int | float):
        kind = "boolean" if isinstance(value, bool) else "number"
        return f'<{name}{attributes} xsi:type="{kind}">{_scalar(value)}</{name}>'
    if isinstance(value, list):
        inner = "".join(free_form("item", one) for one in value)  # pyright: ignore[reportUnknownVariableType]
        return f'<{name}{attributes} xsi:type="list">{inner}</{name}>'
    inner = "".join(free_form("entry", one, attribute("name", key)) for key, one in value.items())
    return f'<{name}{attributes} xsi:type="map">{inner}</{name}>'


def _page(collection: Collection, page: dict[str, Any]) -> str:
    name, one = page_of(collection), element_of(collection)
    items = "".join(f"<{one}>{_thing(collection, item)}</{one}>" for item in page["items"])
    total = f"<total>{page['total']}</total>" if "total" in page else ""
    after = _plain("after", page["after"])
    return f"{_opening(name)}<items>{items}</items>{after}{total}</{name}>\n"


def _thing(collection: Collection, thing: dict[str, Any]) -> str:
    fields = collection.fields
    return "".join(
        _plain(name, value)
        if name in fields and fields[name].kind != "json"
        else _listed(name, value)
        if name == "withheld"
        else free_form(name, value)
        for name, value in thing.items()
    )


def _plain(name: str, value: Any) -> str:
    """An element of a type that the schema says."""
    if isinstance(value, str):
        said, mark = text(value)
        return f"<{name}{mark}>{said}</{name}>"
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    return f"<{name}>{_scalar(value)}</{name}>"


def _listed(name: str, values: list[str]) -> str:
    return f"<{name}>{''.join(_plain('item', value) for value in values)}</{name}>"


def _scalar(value: bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _opening(name: str) -> str:
    return _OPENING.format(name, NAMESPACE, XSI)
