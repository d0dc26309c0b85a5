"""`lodge down`: end what `lodge up` runs in this home."""

import os
import signal
import time
from contextlib import suppress

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.errors import TryAgainError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

_WAIT_SECONDS = 25.0


@click.command("down")
@verb_right(Action.SERVICE_OPERATE)
@pass_invocation
def down(invocation: Invocation) -> None:
    """Stop what `lodge up` runs in this home.

    Waits until every process has ended; also ends what an earlier `lodge up` that was killed
    left behind.
    """
    from lodge_platform.services.home_lock import forget_record, is_locked, read_record
    from lodge_platform.services.leftovers import end_leftovers

    home = invocation.settings().home
    record = read_record(home)
    was_running = is_locked(home)
    if was_running and record is not None:
        with suppress(ProcessLookupError):
            os.kill(record.process_id, signal.SIGTERM)
    give_up_at = time.monotonic() + _WAIT_SECONDS
    while is_locked(home):
        if time.monotonic() > give_up_at:
            raise TryAgainError(f"{home} is still in use after {_WAIT_SECONDS:.0f} s")
        time.sleep(0.1)
    ended = end_leftovers(record.stamp) if record is not None else 0
    forget_record(home)
    click.echo("stopped" if was_running or ended else "nothing was running")
