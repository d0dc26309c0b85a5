"""`lodge demo`: a believable past through the real code paths, then live traffic."""

import sys
from time import monotonic
from typing import TYPE_CHECKING

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.clock import utc_now
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from lodge_core.simulate.sign_ins import DemonstrationSignIn


@click.command("demo")
@verb_right(Action.STORE_OPERATE)
@click.option("--days", type=click.IntRange(1, 90), default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same day.")
@click.option("--mails", type=click.IntRange(1, 5000), default=300, show_default=True)
@click.option("--agents", type=click.IntRange(1, 100), default=8, show_default=True)
@click.option("--serve", "is_serving", is_flag=True, help="Then run everything until Ctrl-C.")
@pass_invocation
def demo(
    invocation: Invocation, days: int, seed: int, mails: int, agents: int, is_serving: bool
) -> None:
    """Play a believable past through the real code paths, then let live traffic follow.

    Makes the home if there is none and plays DAYS days of MAILS mails and AGENTS agents, the last
    of them ending now. A home with a demonstration's past is left as it is. With --serve, runs
    what `lodge up` runs and prints addresses and sign-ins when they answer.
    """
    from lodge_core.simulate.playing import play_demonstration
    from lodge_core.simulate.sign_ins import demonstration_sign_ins
    from lodge_platform.lodge import open_lodge

    if is_serving:
        from lodge_core.simulate.serving import require_place

        require_place(invocation.settings())
    lodge = open_lodge(invocation.settings())
    began = monotonic()
    try:
        with _Progress() as progress:
            played = play_demonstration(
                lodge,
                days=days,
                mails=mails,
                agents=agents,
                seed=seed,
                now=utc_now(),
                progress=progress.note,
            )
        sign_ins = demonstration_sign_ins(lodge)
    finally:
        lodge.close()
    if played is None:
        click.echo(f"{lodge.settings.home} has a demonstration's past already; nothing is changed")
    else:
        click.echo(
            f"played {played.mails} mails and {played.answers} answers "
            f"in {monotonic() - began:.0f} s, in {lodge.settings.home}"
        )
    if is_serving:
        _serve(invocation, sign_ins=sign_ins, is_new=played is not None)
        return
    for one in sign_ins:
        click.echo(f"{one.sign_in_name:7} {one.password:20} {one.role}")
    click.echo("`lodge up` runs it; customers then go on writing", err=True)


def _serve(invocation: Invocation, *, sign_ins: "list[DemonstrationSignIn]", is_new: bool) -> None:
    from lodge_core.simulate.serving import Usher, quiet
    from lodge_platform.cli.up import up

    usher = Usher(invocation.settings(), sign_ins, runs_pipelines=is_new, say=click.echo)
    log = invocation.settings().home / "demonstration" / "services.log"
    click.echo(f"starting; what the services say is in {log}")
    with quiet(log):
        usher.start()
        try:
            click.get_current_context().invoke(up, host_name=None, detach=False, names=())
        finally:
            usher.end()
    click.echo("everything has ended")


class _Progress:
    """A bar on a terminal, a line at each tenth elsewhere; on stderr."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._tenths = 0

    def __enter__(self) -> "_Progress":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def note(self, done: int, total: int) -> None:
        """So many of so many mails have been played."""
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task("playing the past", total=total)
            self._bar.update(self._task, completed=done)
        elif done * 10 // total > self._tenths:
            self._tenths = done * 10 // total
            click.echo(f"played {done} of {total} mails", err=True)
