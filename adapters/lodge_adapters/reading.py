"""Read a link file, YAML or XML: every refusal names its line, the word and what is allowed."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from yaml.nodes import MappingNode, Node

from lodge_adapters.language import (
    Access,
    Answer,
    Contract,
    Field,
    Land,
    Link,
    Panel,
    Parameter,
    Type,
)
from lodge_adapters.patterns import refuse_pattern
from lodge_adapters.reading_access import refuse_odd_access
from lodge_adapters.reading_xml import compose_xml
from lodge_platform.configuring.declared import read_struct
from lodge_platform.configuring.lines import Place, compose, text_of
from lodge_platform.errors import RefusedError, nearest
from lodge_platform.links.subjects import SUBJECT, is_subject

_RESERVED = ("more", "error", "end", "value")


def read_link(document: str, source: str = "link.yaml") -> Link:
    """The link that a document declares; `source` is its file's name, whose end `.xml` says which
    of the two ways it is written in. Raises RefusedError naming line, place and allowed values."""
    place = Place(source)
    is_xml = source.endswith(".xml")
    node = compose_xml(document, place) if is_xml else compose(document, place)
    link = read_struct(Link, node, place, check=_check)
    _refuse_unmatched(link, node, place)
    return link


def _check(made: Struct, node: Node, place: Place) -> None:
    for kind, refuse in _CHECKS.items():
        if isinstance(made, kind):
            refuse(made, node, place)


def _parameter(parameter: Parameter, node: Node, place: Place) -> None:
    if parameter.pattern is not None:
        _require_pattern(parameter.pattern, node, place.at("pattern"))
    if parameter.source is not None and not is_subject(parameter.source):
        raise place.at("from").refusal(
            node,
            f"{parameter.source!r} is nothing of an activity; "
            f"{nearest(parameter.source, SUBJECT)}, or activity.attribute.NAME, "
            "case.attribute.NAME, customer.attribute.NAME",
        )
    if parameter.required and parameter.default is not None:
        raise place.refusal(node, "a required parameter has no default; remove one of them")


def _require_pattern(pattern: str, node: Node, place: Place) -> None:
    try:
        refuse_pattern(pattern)
    except ValueError as error:
        raise place.refusal(node, f"{pattern[:100]!r} is no pattern: {error}") from error


def _field(field: Field, node: Node, place: Place) -> None:
    if field.fields and field.type is not Type.TEXT:
        raise place.refusal(node, "a field with fields of its own has no type; remove `type`")
    if field.attribute and (field.is_list or field.fields):
        raise place.refusal(node, "an attribute is one plain value; remove `list` and `fields`")
    _refuse_doubles((one.name for one in field.fields), node, place.at("fields"))


def _answer(answer: Answer, node: Node, place: Place) -> None:
    if not answer.fields:
        raise place.refusal(node, "an answer has at least one field")
    for name in (answer.root, answer.row):
        if name in _RESERVED:
            raise place.refusal(
                node, f"{name!r} has a meaning of its own in answers; name root and row otherwise"
            )
    for field in answer.fields:
        if field.name in _RESERVED:
            raise place.at("fields").refusal(
                node, f"{field.name!r} has a meaning of its own in answers; rename the field"
            )
    _refuse_doubles((field.name for field in answer.fields), node, place.at("fields"))


def _refuse_doubles(names: Iterable[str], node: Node, place: Place) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise place.refusal(node, f"two fields are named {name!r}; names tell them apart")
        seen.add(name)


def _access(access: Access, node: Node, place: Place) -> None:
    given = [name for name in Access.__struct_fields__ if getattr(access, name) is not None]
    if len(given) != 1:
        said = "is missing" if not given else f"is one of them, not {' and '.join(given)}"
        allowed = ", ".join(Access.__struct_fields__)
        raise place.refusal(node, f"where the rows come from {said}; allowed: {allowed}")


def _panel(panel: Panel, node: Node, place: Place) -> None:
    if (panel.form == "html") != (panel.xslt is not None):
        raise place.refusal(node, "`form: html` and `xslt` go together; give both or neither")


def _refuse_unmatched(link: Link, node: Node, place: Place) -> None:
    """What parts of a link say about each other."""
    names = [parameter.name for parameter in link.parameters]
    entries = _entries(node)
    for number, name in enumerate(names):
        if name in names[:number]:
            raise place.at("parameters").refusal(
                entries.get("parameters", node), f"two parameters are named {name!r}"
            )
    fields = {field.name: field for field in link.answer.fields}
    if link.panel is not None:
        _require_known(link.panel.fields, fields, entries["panel"], place.at("panel.fields"))
    if link.land is not None:
        _refuse_odd_land(link, link.land, entries["land"], place.at("land"), names)
    if link.land is not None and link.writes:
        raise place.at("land").refusal(entries["land"], "a link that writes is not loaded")
    refuse_odd_access(link, names, entries["access"], place.at("access"))


def _refuse_odd_land(
    link: Link, land: Land, node: Node, place: Place, parameters: list[str]
) -> None:
    fields = {field.name: field for field in link.answer.fields}
    if not land.key:
        raise place.at("key").refusal(node, "name the fields that tell rows apart")
    _require_known(land.key, fields, node, place.at("key"))
    if (land.cursor is None) != (land.parameter is None):
        raise place.refusal(node, "`cursor` and `parameter` go together; give both or neither")
    if land.cursor is not None and land.parameter is not None:
        _require_known((land.cursor,), fields, node, place.at("cursor"))
        _require_known((land.parameter,), dict.fromkeys(parameters), node, place.at("parameter"))
    for parameter in link.parameters:
        if parameter.required:
            raise place.refusal(
                node, f"a load has no value for the required parameter {parameter.name!r}"
            )
    if link.contract is Contract.EVOLVE and any(field.name == "more" for field in fields.values()):
        raise place.refusal(node, "`more` holds what is undeclared; rename the field")


def _require_known(
    given: Iterable[str], known: Mapping[str, object], node: Node, place: Place
) -> None:
    for name in given:
        if name not in known:
            raise place.refusal(node, f"{name!r} is not declared; {nearest(name, known)}")


def _entries(node: Node) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        raise RefusedError("a link is a mapping")
    return {text_of(key): value for key, value in node.value}


_CHECKS: dict[type[Struct], Callable[..., None]] = {
    Parameter: _parameter,
    Field: _field,
    Answer: _answer,
    Access: _access,
    Panel: _panel,
}
