"""`lodge dictionary`: check every term, write the pages, show one entry."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lodge_platform.cli.endings import BROKEN, DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation, require_home
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.errors import SetUpError, TryAgainError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_dictionary.entries import TableEntry


@click.group("dictionary")
def dictionary() -> None:
    """What every table and column means."""


@dictionary.command("check")
@verb_right(Action.DICTIONARY_READ)
@json_option
@pass_invocation
def check(invocation: Invocation, as_json: bool) -> int:
    """Find columns without a term, terms that say nothing, and documents that disagree.

    Where something is published, the marts are compared with their contracts and every ready
    query is run. Exits 3 when anything is found.
    """
    from lodge_dictionary.checks import problems

    found = problems(invocation.settings())
    if found or as_json:
        rows = [{"check": p.check, "where": p.where, "problem": p.said} for p in found]
        show_rows(rows, as_json=as_json)
    click.echo(f"{len(found)} problems" if found else "no problem", err=True)
    return BROKEN if found else DONE


@dictionary.command("show")
@verb_right(Action.DICTIONARY_READ)
@click.argument("name")
@json_option
@pass_invocation
def show(invocation: Invocation, name: str, as_json: bool) -> None:
    """Say what NAME means: a table, a column, or table.column; data links as links.NAME."""
    from lodge_dictionary.looking_up import look_up

    found = look_up(name, _links(invocation))
    show_rows(found, as_json=as_json)


@dictionary.command("build")
@verb_right(Action.DICTIONARY_READ)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the pages go; `dictionary` in the home unless said.",
)
@click.option(
    "--sources",
    "is_sources",
    is_flag=True,
    help="Write the schema's comments into the dbt project instead, after a change of the schema.",
)
@pass_invocation
def build(invocation: Invocation, folder: Path | None, is_sources: bool) -> None:
    """Write the dictionary as a page to search in and as JSON."""
    from lodge_dictionary.pages import write_pages
    from lodge_dictionary.sources import write_sources

    if is_sources:
        written = write_sources()
    else:
        folder = folder or invocation.settings().home / "dictionary"
        written = write_pages(folder, _links(invocation))
    for path in written:
        click.echo(str(path))


def _links(invocation: Invocation) -> "list[TableEntry]":
    """Tables of landed links, where there is a home that has any."""
    from lodge_dictionary.links import link_tables_of

    settings = invocation.settings()
    try:
        require_home(settings)
        return [link.entry for link in link_tables_of(settings)]
    except (SetUpError, TryAgainError):
        return []
