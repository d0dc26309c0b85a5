"""`lodge init`: the home, its stores at the present version, and what a new home holds."""

import secrets
import stat
import sys
from pathlib import Path

import click

from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_of, json_option
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right
from lodge_platform.settings import Settings


@click.command("init")
@verb_right(Action.STORE_OPERATE)
@click.option("--administrator", default="admin", show_default=True, help="First sign-in name.")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="File whose first line is that user's password.",
)
@click.option("--department", default="Customer care", show_default=True, help="First department.")
@json_option
@pass_invocation
def init(
    invocation: Invocation,
    administrator: str,
    password_file: Path | None,
    department: str,
    as_json: bool,
) -> None:
    """Make the home and bring the stores to the present version.

    Makes what is missing and changes nothing else, so it may run again at any time. On a
    terminal it asks for the first administrator's password; elsewhere, without --password-file,
    it makes one up and prints it once.
    """
    from lodge_platform.cli.first_rows import seed, seed_administrator
    from lodge_platform.cli.reachable import require_reachable
    from lodge_platform.lodge import open_lodge
    from lodge_platform.sealing import make_seal
    from lodge_platform.stores import migrate

    settings, now = invocation.settings(), utc_now()
    make_home(settings)
    lodge = open_lodge(settings)
    try:
        for store in (lodge.stores.master, lodge.stores.active):
            require_reachable(store)
            migrate(store)
        first = seed(lodge, department=department, now=now)
        if make_seal(settings):
            first.made.append("secret seal")
        made_up = None
        if not first.has_user:
            password, is_made_up = _password(password_file)
            seed_administrator(
                lodge, administrator, password=password, department_id=first.department_id, now=now
            )
            first.made.append(f"user {administrator}")
            made_up = password if is_made_up else None
    finally:
        lodge.close()
    _report(settings, first.made, administrator, made_up, as_json=as_json)


def make_home(settings: Settings) -> None:
    """Make the home folder, open to its owner alone, with an empty `lodge.toml`."""
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if stat.S_IMODE(home.stat().st_mode) & 0o077:
            home.chmod(0o700)
        secret_folder = home / "secrets"
        secret_folder.mkdir(exist_ok=True, mode=0o700)
        file = home / "lodge.toml"
        if not file.exists():
            file.write_text("# `lodge settings` lists what can stand here.\n", "utf-8")
            file.chmod(0o600)
    except OSError as error:
        raise SetUpError(f"the home cannot be made: {error}") from error


def _password(file: Path | None) -> tuple[str, bool]:
    if file is not None:
        lines = file.read_text("utf-8").splitlines()
        if not lines or not lines[0]:
            raise RefusedError(f"{file} is empty; its first line is the password")
        return lines[0], False
    if sys.stdin.isatty():
        typed: str = click.prompt(
            "Password for the first administrator (empty: one is made up)",
            hide_input=True,
            confirmation_prompt=True,
            default="",
            show_default=False,
            err=True,
        )
        if typed:
            return typed, False
    return secrets.token_urlsafe(12), True


def _report(
    settings: Settings, made: list[str], name: str, password: str | None, *, as_json: bool
) -> None:
    if as_json:
        sign_in = {"sign_in_name": name, "password": password} if password else None
        click.echo(json_of({"home": str(settings.home), "made": made, "sign_in": sign_in}))
        return
    click.echo(f"home {settings.home}")
    for line in made:
        click.echo(f"made {line}")
    if not made:
        click.echo("everything was there already")
    if password:
        click.echo(f"sign in as {name} with password {password} (shown this once)")
