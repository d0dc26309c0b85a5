"""Read a workflow file: every refusal names its line, the offending word and what is allowed."""

from functools import lru_cache

import msgspec
from yaml.nodes import Node, ScalarNode

from lodge_core.link_values import as_number
from lodge_core.workflows.language import Condition, LinkIs, Rule, Workflow
from lodge_platform.configuring.declared import read_struct
from lodge_platform.configuring.lines import Place, compose, entries, items, text_of

_RULE = Rule.__struct_fields__
_OF_VALUES = ("is", "contains", "at_least", "at_most")
_OF_ANSWERS = ("has_rows", "answered")
_ASKED = (*_OF_VALUES[1:], *_OF_ANSWERS)


@lru_cache(maxsize=256)
def read_workflow(document: str, source: str = "workflow") -> Workflow:
    """The workflow that a YAML document declares; `source` is its name in messages.

    Raises RefusedError naming line, place and allowed values.
    """
    place = Place(source)
    node = compose(document, place)
    workflow = read_struct(Workflow, node, place, check=_check)
    _refuse_useless(workflow, node, place)
    return workflow


def _check(made: msgspec.Struct, node: Node, place: Place) -> None:
    if isinstance(made, Condition):
        _refuse_empty(made, node, place)
    if isinstance(made, LinkIs):
        _refuse_odd_link(made, node, place)


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


def _refuse_odd_link(wanted: LinkIs, node: Node, place: Place) -> None:
    """A question to a link asks one thing, of a field or of the answer as a whole."""
    fields = {"is": wanted.is_, **{name: getattr(wanted, name) for name in _ASKED}}
    given = [name for name, value in fields.items() if value is not None]
    if len(given) != 1:
        said = "is missing" if not given else f"is one of them, not {' and '.join(given)}"
        raise place.refusal(node, f"what is asked of the link {said}; allowed: {', '.join(fields)}")
    [asked] = given
    if asked in _OF_VALUES and wanted.field is None:
        raise place.refusal(node, f"`{asked}` looks at a value; give its `field`")
    if asked in _OF_ANSWERS and wanted.field is not None:
        raise place.refusal(node, f"`{asked}` looks at no value; remove `field`")
    default = wanted.unless_answered
    if default is not None and asked in _OF_ANSWERS:
        raise place.refusal(node, f"`unless_answered` stands for a value; `{asked}` has none")
    if default is not None and asked.startswith("at_") and as_number(default) is None:
        raise place.at("unless_answered").refusal(
            node, f"{default[:100]!r} is not allowed: `{asked}` compares numbers"
        )


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
