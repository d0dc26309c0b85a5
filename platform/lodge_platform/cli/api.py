"""`lodge api`: a key for a program, made by the operator of the machine."""

from datetime import timedelta
from typing import Any

import click
from sqlalchemy import select

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.errors import ForbiddenError, NotFoundError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

_USUAL_DAYS = 90


@click.group("api")
def api() -> None:
    """Keys for programs that ask the REST API."""


@api.command("key")
@verb_right(Action.USER_MANAGE)
@click.argument("name")
@click.option("--user", "sign_in_name", required=True, help="For whom the program asks.")
@click.option(
    "--action",
    "actions",
    multiple=True,
    help="An action it may do, as often as needed; else all that the user may do.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=_USUAL_DAYS,
    show_default=True,
    help="Days until it ends.",
)
@json_option
@pass_invocation
def key(
    invocation: Invocation,
    name: str,
    sign_in_name: str,
    actions: tuple[str, ...],
    days: int,
    as_json: bool,
) -> None:
    """Make an API key called NAME for a user, and print it: this once, it is kept nowhere."""
    from lodge_platform.identity.keys import make_key

    now = utc_now()
    lodge = invocation.lodge()
    reader = _reader(lodge, sign_in_name)
    if not reader.may(Action.KEY_OWN):
        raise ForbiddenError(
            f"{sign_in_name} lacks the right {Action.KEY_OWN.value}; name a user with a role that "
            "has it, such as integrator"
        )
    held = {action.value for allowed in reader.rights.values() for action in allowed}
    made = make_key(
        lodge,
        reader,
        name=name,
        actions=actions or held,
        expires_at=now + timedelta(days=days),
        now=now,
    )
    if as_json:
        show_rows([{"api_key_id": made.api_key_id, "key": made.key}], as_json=True)
    else:
        click.echo(made.key)


def _reader(lodge: Any, sign_in_name: str) -> Any:
    from lodge_platform.identity.signed_in import SignedIn
    from lodge_platform.identity.users import normal_name, rights_of
    from lodge_platform.schema.master import User

    table = User.__table__
    wanted = table.c.sign_in_name == normal_name(sign_in_name)
    with lodge.stores.master.read() as connection:
        row = connection.execute(select(table).where(wanted, table.c.is_active)).one_or_none()
    if row is None:
        raise NotFoundError(f"no active user {sign_in_name!r}")
    return SignedIn(
        user_session_id=0,
        user_id=row.user_id,
        sign_in_name=row.sign_in_name,
        display_name=row.display_name,
        department_id=row.department_id,
        rights=rights_of(lodge, row.user_id),
    )
