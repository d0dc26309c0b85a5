"""`lodge link writes` and `replay`."""

import click

from lodge_platform.cli.endings import DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

_COLUMNS = (
    *("link_write_id", "link", "idempotency_key", "status", "attempts", "activity_id"),
    *("created_at", "due_at", "finished_at", "last_answer"),
)


@click.command("writes")
@verb_right(Action.LINK_READ)
@click.option("--dead", is_flag=True, help="Only those that wait for a person.")
@click.option("--link", "name", help="Only those of this link.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
@pass_invocation
def writes(invocation: Invocation, dead: bool, name: str | None, limit: int, as_json: bool) -> int:
    """What was to be written by data links: the newest first, dead ones with --dead.

    The parameters are not shown: they are content.
    """
    from sqlalchemy import select

    from lodge_adapters.writing import WRITES
    from lodge_platform.vocabulary import LinkWriteStatus

    statement = select(*(WRITES.c[column] for column in _COLUMNS))
    if dead:
        statement = statement.where(WRITES.c.status == LinkWriteStatus.DEAD)
    if name is not None:
        statement = statement.where(WRITES.c.link == name)
    statement = statement.order_by(WRITES.c.link_write_id.desc()).limit(limit)
    with invocation.lodge().stores.active.read() as connection:
        rows = [dict(row) for row in connection.execute(statement).mappings()]
    show_rows(rows, as_json=as_json, columns=_COLUMNS)
    return DONE


@click.command("replay")
@verb_right(Action.LINK_OPERATE)
@click.argument("write_id", type=int, required=False)
@click.option("--link", "name", help="All dead writes of this link.")
@pass_invocation
def replay(invocation: Invocation, write_id: int | None, name: str | None) -> int:
    """Have the dead write WRITE_ID tried again, or with --link all of a link.

    Each goes out under the key it has, by which its source can tell whether it has it already.
    """
    from lodge_adapters.writing_claims import replay as replayed
    from lodge_platform.messaging.bus import wake
    from lodge_platform.messaging.topics import Topic

    if (write_id is None) == (name is None):
        raise click.UsageError("name a write or --link, one of the two")
    lodge = invocation.lodge()
    with lodge.stores.active.write() as connection:
        count = replayed(connection, now=utc_now(), link_write_id=write_id, link=name or "")
    if count:
        wake(lodge, Topic.LINK_WRITE)
    of = f" of link {name!r}" if name is not None else ""
    click.echo(f"{count} put back in line" if count else f"no write{of} is dead", err=True)
    return DONE
