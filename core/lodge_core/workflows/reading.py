"""Read a workflow file: every refusal names its line, the offending word and what is allowed."""

from enum import StrEnum
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from yaml.nodes import Node, ScalarNode, SequenceNode

from lodge_core.workflows.language import Condition, Rule, Workflow
from lodge_platform.configuring.lines import (
    Place,
    compose,
    described,
    entries,
    is_null,
    items,
    text_of,
)
from lodge_platform.errors import nearest

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_MOST_COUNTED = 100
_RULE = Rule.__struct_fields__


@lru_cache(maxsize=256)
def read_workflow(document: str, source: str = "workflow") -> Workflow:
    """The workflow that a YAML document declares; `source` is its name in messages.

    Raises RefusedError naming line, place and allowed values.
    """
    place = Place(source)
    node = compose(document, place)
    workflow = _struct(Workflow, node, place)
    _refuse_useless(workflow, node, place)
    return workflow


def _struct(kind: type[_Struct], node: Node, place: Place) -> _Struct:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    given = entries(node, place, allowed=fields)
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given:
            values[field.name] = _value(hints[field.name], given[name], place.at(name))
        elif field.required:
            raise place.refusal(node, f"{name!r} is missing")
    made = kind(**values)
    if isinstance(made, Condition):
        _refuse_empty(made, node, place)
    return made


def _value(kind: Any, node: Node, place: Place) -> Any:
    kind = _without_none(kind)
    if is_null(node):
        raise place.refusal(node, "nothing is written here; give a value or leave the line out")
    if get_origin(kind) is tuple:
        return _list(get_args(kind)[0], node, place)
    if issubclass(kind, msgspec.Struct):
        return _struct(kind, node, place)
    if not isinstance(node, ScalarNode):
        raise place.refusal(node, f"{described(node)} where one value is wanted")
    return _scalar(kind, node, place)


def _list(kind: Any, node: Node, place: Place) -> tuple[Any, ...]:
    """A list, or one value standing for a list of one. Lists of conditions and rules are lists."""
    is_nested = issubclass(kind, msgspec.Struct)
    if not isinstance(node, SequenceNode):
        if is_nested:
            raise place.refusal(node, f"{described(node)} where a list is wanted")
        return (_value(kind, node, place),)
    if not items(node) and kind is not Rule:
        raise place.refusal(node, "the list is empty")
    return tuple(
        _value(kind, one, place.at(f"[{number}]")) for number, one in enumerate(items(node))
    )


def _scalar(kind: type[Any], node: ScalarNode, place: Place) -> Any:
    text = text_of(node)
    if issubclass(kind, StrEnum):
        words = [word.value for word in kind]
        if text not in words:
            raise place.refusal(node, f"{text!r} is not allowed; {nearest(text, words)}")
        return kind(text)
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise place.refusal(node, f"{text!r} is not allowed; allowed: true, false")
        return text.lower() == "true"
    if kind is int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST_COUNTED):
            raise place.refusal(
                node, f"{text!r} is not allowed; allowed: whole numbers from 1 to {_MOST_COUNTED}"
            )
        return int(text)
    if not text.strip():
        raise place.refusal(node, "the text is empty")
    if "\x00" in text:
        raise place.refusal(node, "the text holds a NUL character")
    return text.strip()


def _refuse_empty(condition: Condition, node: Node, place: Place) -> None:
    """An empty condition would catch everything by mistake; only `always: true` may."""
    values = [getattr(condition, field) for field in Condition.__struct_fields__]
    given = [value for value in values if value is not None]
    if not given:
        raise place.refusal(
            node, "the condition is empty; to place every activity write `always: true`"
        )
    if condition.always is False:
        raise place.refusal(node, "`always: false` never holds; leave the rule out")
    if condition.always and len(given) > 1:
        raise place.refusal(node, "`always: true` stands alone; remove the other lines")


def _refuse_useless(workflow: Workflow, node: Node, place: Place) -> None:
    if not workflow.rules and workflow.otherwise is None:
        raise place.refusal(node, "the workflow places nothing; give rules or otherwise")
    given = entries(node, place, allowed=Workflow.__struct_fields__)
    names: set[str] = set()
    for number, rule in enumerate(workflow.rules):
        if rule.name in names:
            line = items(given["rules"])[number]
            raise place.at(f"rules[{number}]").refusal(
                line, f"a rule named {rule.name!r} is above already; names tell rules apart"
            )
        names.add(rule.name)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        [kind] = [one for one in get_args(kind) if one is not type(None)]
    return kind


def line_of_queue(document: str, queue: str) -> int:
    """The line on which a queue is first named, from 1; for messages about the queue."""
    place = Place("workflow")
    given = entries(compose(document, place), place, allowed=Workflow.__struct_fields__)
    rules = [entries(one, place, allowed=_RULE) for one in items(given.get("rules"))]
    named = [rule["queue"] for rule in rules]
    if "otherwise" in given:
        named.append(given["otherwise"])
    scalars = (node for node in named if isinstance(node, ScalarNode))
    return next(node.start_mark.line + 1 for node in scalars if text_of(node).strip() == queue)
