"""`lodge mail`: parse messages, bring mail in, look into the aliases, close the balance."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from lodge_platform.cli.endings import BROKEN, DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError, RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right


@click.group("mail")
def mail() -> None:
    """Parse mail, bring it in, and see that none is lost."""


@mail.command("parse")
@verb_right(Action.MAIL_READ)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def parse(files: tuple[Path, ...]) -> int:
    """Print one JSON object for each message in FILES; nothing is stored."""
    from lodge_core.mail.parsing import parse_mail, to_json

    for file in files:
        if not file.is_file():
            raise RefusedError(f"{file} is not a file; give messages, one a file")
        click.echo(json.dumps(to_json(parse_mail(file.read_bytes())), ensure_ascii=False))
    return DONE


@mail.command("import")
@verb_right(Action.MAIL_OPERATE)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--alias", "address", required=True, help="Address the mail is taken in for.")
@json_option
@pass_invocation
def import_(invocation: Invocation, path: Path, address: str, as_json: bool) -> int:
    """Take in a message, an mbox, a Maildir or a folder of messages at PATH.

    The mail goes the way of retrieved mail and PATH is left as it is; a second import of the
    same files adds nothing. In a home without any alias, ADDRESS becomes its first, for imports
    alone.
    """
    from lodge_core.mail.importing import alias_for_import, import_mail

    lodge = invocation.lodge()
    alias = alias_for_import(lodge, address, now=utc_now())
    brought = import_mail(lodge, alias, path, clock=utc_now)
    show_rows([_row(alias.address, brought)], as_json=as_json)
    return DONE


@mail.command("retrieve")
@verb_right(Action.MAIL_OPERATE)
@json_option
@pass_invocation
def retrieve(invocation: Invocation, as_json: bool) -> int:
    """Look into every active alias once, now; `lodge up` does so all the time."""
    from lodge_core.mail.retriever import retrieve_once

    results = retrieve_once(invocation.lodge())
    show_rows([_row(alias, result) for alias, result in results.items()], as_json=as_json)
    return BROKEN if any(isinstance(r, LodgeError) for r in results.values()) else DONE


@mail.command("balance")
@verb_right(Action.MAIL_READ)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only this UTC day.")
@click.option("--source", "is_source_asked", is_flag=True, help="Also ask each mail server.")
@json_option
@pass_invocation
def balance(
    invocation: Invocation, day: datetime | None, is_source_asked: bool, as_json: bool
) -> int:
    """Per alias: seen on the server = stored + quarantined + ignored, or the difference.

    Exits 3 when a balance does not close.
    """
    from lodge_core.mail.balance import balances

    found = balances(
        invocation.lodge(), day=day.date() if day else None, is_source_asked=is_source_asked
    )
    rows: list[dict[str, Any]] = [msgspec.structs.asdict(one) for one in found]
    if not is_source_asked:
        for row in rows:
            del row["unseen_at_source"]
    show_rows(rows, as_json=as_json)
    is_closed = all(one.difference == 0 and not one.unseen_at_source for one in found)
    return DONE if is_closed else BROKEN


def _row(alias: str, result: Any) -> dict[str, Any]:
    if isinstance(result, LodgeError):
        return {
            "alias": alias,
            "seen": None,
            "stored": None,
            "quarantined": None,
            "ignored": None,
            "error": str(result),
        }
    taken = result.taken_in
    return {
        "alias": alias,
        "seen": result.seen,
        "stored": taken.stored,
        "quarantined": taken.quarantined,
        "ignored": taken.ignored,
        "error": None,
    }
