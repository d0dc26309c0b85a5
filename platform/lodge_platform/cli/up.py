"""`lodge up`: run the service instances of this host until told to end."""

import signal
from types import FrameType

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right


@click.command("up")
@verb_right(Action.SERVICE_OPERATE)
@click.option("--host", "host_name", help="Name of this host in the service registry.")
@click.option("--detach", is_flag=True, help="Run in the background; `lodge down` ends it.")
@click.argument("names", nargs=-1)
@pass_invocation
def up(invocation: Invocation, host_name: str | None, detach: bool, names: tuple[str, ...]) -> None:
    """Run the service instances until Ctrl-C.

    Runs every instance that starts by itself and may run on this host, or only NAMES. What dies
    is started again; Ctrl-C, SIGTERM or `lodge down` ends everything it started.
    """
    from dataclasses import replace

    from lodge_platform.lodge import open_lodge
    from lodge_platform.services.registry import service_processes
    from lodge_platform.services.start import prepare
    from lodge_platform.services.supervisor import Supervisor

    lodge = invocation.lodge()
    if detach:
        from lodge_platform.cli.detach import start_in_background

        process_id = start_in_background(lodge.settings, host_name=host_name, names=names)
        click.echo(f"running in the background as process {process_id}")
        return
    if host_name:
        invocation.close()
        lodge = open_lodge(replace(invocation.settings(), host_name=host_name))
    asked = _Asked()
    processes = service_processes()
    prepare(lodge, processes, only=names)
    Supervisor(lodge, processes, only=names).run(asked.is_asked)
    lodge.close()
    click.echo("everything has ended", err=True)


class _Asked:
    """Whether a signal asked us to end."""

    def __init__(self) -> None:
        self._is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # `nohup` asks that the end of the terminal be ignored.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask)

    def is_asked(self) -> bool:
        """Whether one came."""
        return self._is_asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True
