"""`lodge settings`: each setting with its value, its source and its meaning."""

import re
from dataclasses import fields

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right
from lodge_platform.log import strike_secrets
from lodge_platform.settings import Settings, term_of


@click.command("settings")
@verb_right(Action.SETTINGS_READ)
@json_option
@pass_invocation
def settings(invocation: Invocation, as_json: bool) -> None:
    """Every setting with its value, its source and its meaning.

    Values come from lodge.toml in the home, overridden by LODGE_* in the environment. Passwords
    in URLs are struck out.
    """
    values, sources = invocation.settings_with_sources()
    rows = [
        {
            "name": field.name,
            "value": shown(getattr(values, field.name)),
            "source": sources[field.name],
            "term": term_of(field.name),
        }
        for field in fields(Settings)
    ]
    show_rows(rows, as_json=as_json)


_QUERY_SECRET = re.compile(r"(?i)([?&](?:[a-z_]*password|token|secret|[a-z_]*key)=)[^&]+")


def shown(value: object) -> object:
    """The value of a setting as it may be shown: no password, no token."""
    if isinstance(value, (bool, int)):
        return value
    return _QUERY_SECRET.sub(r"\1***", strike_secrets(str(value)))
