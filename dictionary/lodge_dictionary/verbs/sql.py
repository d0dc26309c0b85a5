"""`lodge sql`: read-only SQL over marts and landed tables."""

import sys
from datetime import datetime

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.clock import as_utc, utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right
from lodge_platform.identity.signed_in import SignedIn

_FORMATS = ("table", "csv", "json", "parquet")


class Instant(click.ParamType[datetime]):
    """An instant with its zone, as 2026-01-05T09:00:00Z."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The aware instant; a wrong one is wrong usage."""
        if isinstance(value, datetime):
            return as_utc(value)
        try:
            return as_utc(datetime.fromisoformat(str(value)))
        except ValueError as error:
            self.fail(f"{error}; give an instant with its zone, as 2026-01-05T09:00:00Z")


@click.command("sql")
@verb_right(Action.SQL_QUERY)
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="How rows are printed. In CSV, text that a spreadsheet would run gets a leading '.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--as-of", type=Instant(), help="Show what was published last at this instant.")
@click.option(
    "--as",
    "sign_in_name",
    metavar="SIGN_IN_NAME",
    help="Show what this user may query, and keep a record of it as of theirs.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=300,
    show_default=True,
    help="Longest a query may take.",
)
@pass_invocation
def sql(
    invocation: Invocation,
    query: str,
    form: str,
    as_json: bool,
    as_of: datetime | None,
    sign_in_name: str | None,
    seconds: float,
) -> None:
    """Answer QUERY from the last published state; `-` reads it from stdin.

    Marts go by their names (activities, emails, queue_intervals), landed copies as
    active.TABLE and master.TABLE, landed data links as links.NAME. Instants are UTC. Nothing can
    be changed through here.
    Without --as it is the whole house that answers.
    """
    from lodge_dictionary.door import open_door
    from lodge_dictionary.formats import EXPORTS, show

    text = sys.stdin.read() if query == "-" else query
    form = "json" if as_json else form
    reader = _reader(invocation, sign_in_name) if sign_in_name else None
    with open_door(
        invocation.settings(),
        as_of=as_of,
        reader=reader,
        now=utc_now(),
        is_export=form in EXPORTS,
    ) as door:
        count = show(door.ask(text, seconds=seconds), form)
        door.note_rows(count)
        click.echo(f"{count} rows, as landed at {door.published.landed_at:%F %T}Z", err=True)


def _reader(invocation: Invocation, sign_in_name: str) -> SignedIn:
    from lodge_dictionary.readers.people import reader_named

    return reader_named(invocation.lodge(), sign_in_name)
