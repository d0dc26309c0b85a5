"""The one rights matrix: every route and every verb declares the action it needs; no row, no entry.

What a route declares is what is enforced: `right(Action.X)` in a route's `dependencies` is the
check itself. A verb carries `lodge_action`; verbs run as the operator of the machine.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Literal, TypeVar

import click

from lodge_platform.errors import SetUpError
from lodge_platform.identity.actions import DEFAULT_ROLES, WITHOUT_ROLE, Action

Kind = Literal["route", "verb"]
_ATTRIBUTE = "lodge_action"
_Verb = TypeVar("_Verb", bound=Callable[..., Any])


@dataclass(frozen=True, order=True)
class RightsRow:
    """One row of the matrix; `roles` are the default roles that have the action."""

    kind: Kind
    name: str
    action: Action
    roles: tuple[str, ...]


def verb_right(action: Action) -> Callable[[_Verb], _Verb]:
    """Declare the action a verb needs, above or below its click decorator."""

    def declare(verb: _Verb) -> _Verb:
        setattr(verb, _ATTRIBUTE, action)
        return verb

    return declare


def row(kind: Kind, name: str, action: Action) -> RightsRow:
    """The row for a route or verb, with the default roles that may use it."""
    if action is Action.PUBLIC:
        return RightsRow(kind, name, action, ("everybody",))
    if action in WITHOUT_ROLE:
        return RightsRow(kind, name, action, ("everybody signed in",))
    held = tuple(role for role, actions in DEFAULT_ROLES.items() if action in actions)
    return RightsRow(kind, name, action, held)


def verb_rows(commands: Mapping[str, click.Command]) -> Iterator[RightsRow]:
    """A row for each verb, those of groups included. Raises SetUpError for one without action."""
    for name, command in commands.items():
        if isinstance(command, click.Group):
            inner = {f"{name} {word}": verb for word, verb in command.commands.items()}
            yield from verb_rows(inner)
            if not command.invoke_without_command:
                continue
        yield row("verb", name, _action_of_verb(name, command))


def registered_verbs() -> dict[str, click.Command]:
    """Every verb of the entry point group `lodge.verbs`, by name."""
    found: dict[str, click.Command] = {}
    for point in entry_points(group="lodge.verbs"):
        command = point.load()
        if not isinstance(command, click.Command):
            raise SetUpError(f"entry point {point.value} is no click command")
        found[point.name] = command
    return found


def matrix(
    route_rows: Iterable[RightsRow], verbs: Mapping[str, click.Command]
) -> tuple[RightsRow, ...]:
    """Every row, routes before verbs, in order of name."""
    return tuple(sorted((*route_rows, *verb_rows(verbs))))


def _action_of_verb(name: str, command: click.Command) -> Action:
    declared = getattr(command, _ATTRIBUTE, None) or getattr(command.callback, _ATTRIBUTE, None)
    if not isinstance(declared, Action):
        raise SetUpError(
            f"verb {name!r} declares no action; put @verb_right(Action.X) above it, "
            "with a word of lodge_platform.identity.actions"
        )
    return declared
