"""`lodge verify`: rows against events, ledger against mail; prints differences."""

from collections.abc import Iterator
from typing import Any

import click

from lodge_platform.cli.endings import BROKEN, DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

_COLUMNS = ("check", "table", "key", "column", "stored", "expected")


@click.command("verify")
@verb_right(Action.STORE_VERIFY)
@json_option
@pass_invocation
def verify(invocation: Invocation, as_json: bool) -> int:
    """Compare rows with events and the ledger with the mail.

    Every customer, case, activity, offer and agent state is rebuilt from the book of events;
    every ledger line must lead to its activity or quarantine line and to its bytes in the file
    server. Prints each difference and exits 3 when there is any.
    """
    found = list(_all(invocation))
    if found or as_json:
        show_rows(found, as_json=as_json, columns=_COLUMNS)
    click.echo(f"{len(found)} differences" if found else "no difference", err=True)
    return BROKEN if found else DONE


def _all(invocation: Invocation) -> Iterator[dict[str, Any]]:
    from lodge_platform.cli.verify_files import file_differences
    from lodge_platform.events.rebuild import differences

    lodge = invocation.lodge()
    with lodge.stores.active.read() as connection:
        for found in differences(connection):
            yield {
                "check": "rows against events",
                "table": found.table,
                "key": found.key,
                "column": found.column,
                "stored": found.stored,
                "expected": found.rebuilt,
            }
        yield from file_differences(connection, lodge.files)
