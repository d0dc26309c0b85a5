"""`lodge service`: list service instances, start one, stop one."""

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right
from lodge_platform.vocabulary import DesiredState


@click.group("service")
def service() -> None:
    """Service instances: list, start, stop."""


@service.command("list")
@verb_right(Action.SERVICE_READ)
@json_option
@pass_invocation
def list_services(invocation: Invocation, as_json: bool) -> None:
    """Every service instance: what it does, whether it should run, where it runs."""
    from lodge_platform.services.registry import service_processes
    from lodge_platform.services.status import read_services

    processes = service_processes()
    rows = [
        {
            "name": one.name,
            "process": one.process_name,
            "wanted": one.desired_state,
            "state": one.state,
            "holder": one.holder,
            "host": one.host_name,
            "is_automatic": one.is_automatic,
            "does": processes[one.process_name].summary if one.process_name in processes else "",
        }
        for one in read_services(invocation.lodge(), utc_now())
    ]
    show_rows(rows, as_json=as_json)


@service.command("start")
@verb_right(Action.SERVICE_OPERATE)
@click.argument("name")
@pass_invocation
def start(invocation: Invocation, name: str) -> None:
    """Want service instance NAME to run; a running `lodge up` starts it within seconds."""
    _want(invocation, name, DesiredState.RUNNING)


@service.command("stop")
@verb_right(Action.SERVICE_OPERATE)
@click.argument("name")
@pass_invocation
def stop(invocation: Invocation, name: str) -> None:
    """Want service instance NAME stopped; it ends after its present round."""
    _want(invocation, name, DesiredState.STOPPED)


def _want(invocation: Invocation, name: str, state: DesiredState) -> None:
    from lodge_platform.services.home_lock import is_locked
    from lodge_platform.services.instances import want

    lodge = invocation.lodge()
    verb = "start" if state is DesiredState.RUNNING else "stop"
    is_change = want(
        lodge.stores.master, name, state=state, by=f"lodge service {verb}", now=utc_now()
    )
    click.echo(f"{name}: {'now wanted' if is_change else 'was already wanted'} {state.value}")
    if not is_locked(lodge.settings.home):
        click.echo("nothing runs in this home; `lodge up` does", err=True)
