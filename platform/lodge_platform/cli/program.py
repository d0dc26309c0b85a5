"""The root command: its verbs come from the entry points `lodge.verbs`, each loaded when called."""

import os
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import click

from lodge_platform.cli.endings import exit_code_of
from lodge_platform.cli.invocation import Invocation
from lodge_platform.cli.summaries import SUMMARIES
from lodge_platform.errors import MistakeError, nearest

GROUP = "lodge.verbs"


class Verbs(click.Group):
    """A group whose commands are entry points; listing them imports none that has a summary."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb there is, by name."""
        return sorted(_verbs())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb called `cmd_name`, imported now, or None."""
        found = _verbs().get(cmd_name)
        return None if found is None else _load(found)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but an unknown verb is answered with the nearest one."""
        if args and not args[0].startswith("-") and args[0] not in _verbs():
            ctx.fail(f"no verb {args[0]!r}; {nearest(args[0], _verbs())}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with one sentence each, without importing them."""
        rows = [(name, SUMMARIES.get(name) or _summary(verb)) for name, verb in _sorted_verbs()]
        with formatter.section("Verbs"):
            formatter.write_dl(rows)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run `lodge` and give its exit code; everything it makes is for its owner alone."""
    umask = os.umask(0o077)
    invocation = Invocation()
    try:
        outcome = lodge.main(
            None if arguments is None else list(arguments),
            prog_name="lodge",
            standalone_mode=False,
            obj=invocation,
        )
        return outcome if isinstance(outcome, int) else 0
    except BaseException as error:
        return exit_code_of(
            error, is_debugging=invocation.is_debugging(), secrets=invocation.secrets
        )
    finally:
        invocation.close()
        os.umask(umask)


@click.group(
    cls=Verbs,
    help="Lodge: mail and work given to the agent best able to answer it, every number explained.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the embedded stores and files; else LODGE_HOME, else ./lodge-home.",
)
@click.version_option(package_name="lodge", prog_name="lodge", message="%(prog)s %(version)s")
@click.pass_obj
def lodge(invocation: Invocation, home: Path | None) -> None:
    """Take the options that come before the verb."""
    invocation.home = home


def _verbs() -> dict[str, EntryPoint]:
    return {found.name: found for found in entry_points(group=GROUP)}


def _sorted_verbs() -> list[tuple[str, EntryPoint]]:
    return sorted(_verbs().items())


def _load(found: EntryPoint) -> click.Command:
    command = found.load()
    if not isinstance(command, click.Command):
        raise MistakeError(f"entry point {GROUP} {found.name} = {found.value} is no click command")
    return command


def _summary(found: EntryPoint) -> str:
    try:
        return _load(found).get_short_help_str(limit=90)
    except ImportError as error:
        return f"(cannot be loaded: {error})"
