"""Whether the links that a workflow names are there, with the fields it looks at."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lodge_core.workflows.language import LinkIs, Workflow
from lodge_core.workflows.link_facts import link_conditions
from lodge_platform.configuring.lines import Place, compose, text_of
from lodge_platform.errors import RefusedError, nearest
from lodge_platform.links import LinkDescription, LinkField

Described = Callable[[], Sequence[LinkDescription]]
_NUMBERS = ("integer", "decimal")


def link_conditions_of(workflow: Workflow) -> list[LinkIs]:
    """Every question to a link in the workflow, rule by rule."""
    return [wanted for rule in workflow.rules for wanted in link_conditions(rule.when)]


def fields_wanted(workflows: Sequence[Workflow]) -> dict[str, frozenset[str]]:
    """The links that workflows ask, and the fields they look at."""
    found: dict[str, frozenset[str]] = {}
    for wanted in (one for workflow in workflows for one in link_conditions_of(workflow)):
        fields = {wanted.field} if wanted.field is not None else set[str]()
        found[wanted.name] = found.get(wanted.name, frozenset()) | fields
    return found


def refuse_wrong_links(
    workflow: Workflow, document: str, source: str, *, described: Described
) -> None:
    """Raise RefusedError, with the line, for a link that cannot answer what the workflow asks it.

    `described` is called only where the workflow names a link. One that is switched off may name
    links that are gone.
    """
    if not workflow.active or not link_conditions_of(workflow):
        return
    links = {link.name: link for link in described()}
    for node, place in _asked_in(compose(document, Place(source)), Place(source)):
        _refuse_wrong(_entries(node), node, place, links)


def _refuse_wrong(
    given: Mapping[str, Node], node: Node, place: Place, links: Mapping[str, LinkDescription]
) -> None:
    name = _text(given["name"])
    link = links.get(name)
    if link is None:
        hint = nearest(name, links) if links else "there is none yet"
        raise _refusal(place, given["name"], f"no link {name!r}; {hint}")
    if link.fault is not None:
        raise _refusal(place, given["name"], f"link {name!r} cannot be used: {link.fault}")
    if link.is_writing:
        raise _refusal(place, given["name"], f"link {name!r} writes; it cannot be asked")
    for parameter in link.parameters:
        if parameter.is_required and parameter.subject is None:
            said = f"link {name!r} wants {parameter.name!r}, which nothing of an activity fills"
            raise _refusal(place, given["name"], f"{said}; give it `from` in the link's file")
    if "field" in given:
        _refuse_wrong_field(given, place, link)


def _refuse_wrong_field(given: Mapping[str, Node], place: Place, link: LinkDescription) -> None:
    node, name = given["field"], _text(given["field"])
    fields: dict[str, LinkField] = {one.name: one for one in link.fields}
    field = fields.get(name)
    if field is None:
        said = f"link {link.name!r} has no field {name!r}; {nearest(name, fields)}"
        raise place.at("field").refusal(node, said)
    if field.fields:
        said = f"{name!r} has fields of its own; a condition looks at a plain value"
        raise place.at("field").refusal(node, said)
    asked = next((one for one in ("at_least", "at_most") if one in given), None)
    if asked is not None and field.type not in _NUMBERS:
        said = f"{name!r} is {field.type}; `{asked}` compares {' and '.join(_NUMBERS)} values"
        raise place.at("field").refusal(node, said)


def _refusal(place: Place, node: Node, said: str) -> RefusedError:
    return place.at("name").refusal(node, said)


def _asked_in(node: Node, place: Place) -> Iterator[tuple[Node, Place]]:
    """Each question to a link with where it stands; `link` is no other entry's name."""
    if isinstance(node, SequenceNode):
        inner: list[Node] = node.value
        for number, one in enumerate(inner):
            yield from _asked_in(one, place.at(f"[{number}]"))
    if isinstance(node, MappingNode):
        for name, one in _entries(node).items():
            if name == "link":
                yield one, place.at(name)
            else:
                yield from _asked_in(one, place.at(name))


def _entries(node: Node) -> dict[str, Node]:
    pairs: list[tuple[Node, Node]] = node.value
    return {_text(key): value for key, value in pairs}


def _text(node: Node) -> str:
    assert isinstance(node, ScalarNode)  # noqa: S101 - the document was read before
    return text_of(node).strip()
