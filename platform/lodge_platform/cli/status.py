"""`lodge status`: what runs, fresh to when, what waits, what is wrong."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation, require_home
from lodge_platform.cli.output import cell, json_of, json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_platform.services.status import ServiceStatus, Status


@click.command("status")
@verb_right(Action.SERVICE_READ)
@json_option
@pass_invocation
def status(invocation: Invocation, as_json: bool) -> None:
    """What runs, fresh to when, what is wrong.

    Exits 0 when Lodge could be asked, whatever the answer; 3 when a store is away, after
    printing what the processes of this home say themselves.
    """
    from lodge_platform.services.home_lock import is_locked
    from lodge_platform.services.status import home_health, read_status

    now = utc_now()
    settings = invocation.settings()
    require_home(settings)
    is_up = is_locked(settings.home)
    try:
        found = read_status(invocation.lodge(), now)
    except LodgeError:
        rows = [asdict(one) for one in home_health(settings, now)]
        show_rows(rows, as_json=as_json, columns=("name", "state", "last_error", "last_error_at"))
        raise
    if as_json:
        click.echo(json_of({"is_up": is_up, **asdict(found)}, is_indented=True))
        return
    _print(found, now, is_up=is_up)


def _print(found: Status, now: datetime, *, is_up: bool) -> None:
    click.echo("running" if is_up else "not running in this home; `lodge up` runs it")
    if found.services:
        click.echo()
        show_rows([_row(one, now) for one in found.services], as_json=False)
    click.echo()
    fresh = "nothing has been published yet"
    if found.fresh_to is not None:
        fresh = f"fresh to {cell(found.fresh_to)} ({_ago(found.fresh_to, now)})"
    click.echo(f"reports          {fresh}")
    waiting = found.waiting
    click.echo(f"mail ledger      {waiting.ledger_lines} seen and not dealt with")
    click.echo(f"quarantine       {waiting.quarantine} waiting")
    click.echo(
        f"outbox           {waiting.outbox_waiting} waiting, {waiting.outbox_unknown} perhaps sent"
    )
    click.echo(f"exception queue  {waiting.exception_queue} waiting")
    click.echo(f"links            {found.links.in_use} in use, {found.links.wrong} wrong")
    for problem in found.problems:
        click.echo(f"wrong            {cell(problem)}")
    for warning in found.warnings:
        click.echo(f"warning          {cell(warning)}")


def _row(service: ServiceStatus, now: datetime) -> dict[str, Any]:
    wrong = ""
    if service.last_error:
        since = f", {service.failures_in_row} in a row" if service.failures_in_row > 1 else ""
        wrong = f"{service.last_error} ({_ago(service.last_error_at, now)}{since})"
    return {
        "service": service.name,
        "state": service.state,
        "holder": service.holder,
        "heartbeat": _ago(service.heartbeat_at, now),
        "last_success": _ago(service.last_success_at, now),
        "wrong": wrong,
    }


def _ago(instant: datetime | None, now: datetime) -> str:
    if instant is None:
        return ""
    seconds = max(0, int((now - instant).total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
