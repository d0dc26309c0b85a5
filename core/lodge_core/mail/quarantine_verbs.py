"""`lodge quarantine`: inputs that could not be taken in, with their reason and their bytes."""

import sys
from typing import Any

import click
import msgspec
from sqlalchemy import select

from lodge_platform.cli.endings import DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.errors import NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

_LISTED = (
    "quarantine_id",
    "status",
    "stage",
    "reason_code",
    "detail",
    "size_bytes",
    "attempts",
    "quarantined_at",
    "activity_id",
)


@click.group("quarantine")
def quarantine() -> None:
    """Inputs that could not be taken in: list, show, retry."""


@quarantine.command("list")
@verb_right(Action.QUARANTINE_READ)
@click.option("--all", "is_all", is_flag=True, help="Also those taken in or dismissed since.")
@json_option
@pass_invocation
def list_(invocation: Invocation, is_all: bool, as_json: bool) -> int:
    """Show what waits, oldest first."""
    from lodge_core.mail.quarantine import QUARANTINE
    from lodge_platform.vocabulary import QuarantineStatus

    statement = select(*(QUARANTINE.c[name] for name in _LISTED)).order_by(
        QUARANTINE.c.quarantine_id
    )
    if not is_all:
        statement = statement.where(QUARANTINE.c.status == QuarantineStatus.WAITING)
    show_rows(_rows(invocation, statement), as_json=as_json, columns=_LISTED)
    return DONE


@quarantine.command("show")
@verb_right(Action.QUARANTINE_READ)
@click.argument("quarantine_id", type=int)
@pass_invocation
def show(invocation: Invocation, quarantine_id: int) -> int:
    """Write the bytes of one line to stdout, exactly as they came."""
    from lodge_core.mail.quarantine import QUARANTINE

    statement = select(QUARANTINE).where(QUARANTINE.c.quarantine_id == quarantine_id)
    rows = _rows(invocation, statement)
    if not rows:
        raise NotFoundError(f"quarantine has no line {quarantine_id}")
    sys.stdout.buffer.write(invocation.lodge().files.get(rows[0]["raw_sha256"]))
    sys.stdout.buffer.flush()
    return DONE


@quarantine.command("retry")
@verb_right(Action.QUARANTINE_RETRY)
@click.argument("quarantine_id", type=int)
@json_option
@pass_invocation
def retry(invocation: Invocation, quarantine_id: int, as_json: bool) -> int:
    """Take one line in again from its kept bytes, as if it had just come."""
    from lodge_core.mail.retrying import retry as take_in_again

    result = take_in_again(invocation.lodge(), quarantine_id, now=utc_now())
    row = {"quarantine_id": quarantine_id} | msgspec.structs.asdict(result)
    show_rows([row], as_json=as_json)
    return DONE


def _rows(invocation: Invocation, statement: Any) -> list[dict[str, Any]]:
    with invocation.lodge().stores.active.read() as connection:
        return [dict(row) for row in connection.execute(statement).mappings()]
