"""`lodge link new`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lodge_adapters.verbs_folder import pairs_in
from lodge_platform.cli.endings import DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_adapters.language import Authentication
    from lodge_adapters.sampling_new import Wanted

_FORMATS = ("json", "json_lines", "xml", "csv", "excel", "parquet")


@click.command("new")
@verb_right(Action.LINK_OPERATE)
@click.argument("name")
@click.argument("given", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--sql", "sql", metavar="URL", help="A database, by its SQLAlchemy URL.")
@click.option("--url-secret", metavar="SECRET", help="A database, by a secret that holds its URL.")
@click.option("--table", metavar="TABLE", help="Its table.")
@click.option("--select", metavar="SQL", help="A statement instead; values go in by :NAME.")
@click.option("--url", metavar="URL", help="A service by HTTP; its query becomes parameters.")
@click.option("--file", "path", metavar="PATH", help="A file below `link-files` in the home.")
@click.option("--mart", metavar="TABLE", help="A table of the reports store.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="What the rows are written in.")
@click.option(
    "--allow", "allowed", multiple=True, metavar="HOST", help="Host[:PORT] inside to call."
)
@click.option("--user", metavar="NAME", help="User for HTTP; with --password-secret.")
@click.option("--password-secret", metavar="SECRET", help="Secret with the password.")
@click.option("--bearer-secret", metavar="SECRET", help="Secret with a bearer token.")
@click.option("--header-secret", metavar="HEADER=SECRET", help="Header with a secret as its value.")
@pass_invocation
def new(invocation: Invocation, name: str, given: tuple[str, ...], **options: object) -> int:
    """Start link NAME from a live source: its file, and a first sample.

    A few rows are looked at for fields, types, where the rows are, and what could be a key; what
    looks like names, addresses or numbers of people is marked personal. A person completes it:
    every term begins with DRAFT. No secret is ever written: name it.
    """
    from lodge_adapters.samples import require_name
    from lodge_adapters.samples_added import keep
    from lodge_adapters.sampling_new import start
    from lodge_platform.outgoing.checking import LeadsInsideError

    require_name(name, "link")
    lodge = invocation.lodge()
    folder = Path(lodge.settings.links_folder)
    taken = [
        path for end in (".yaml", ".yml", ".xml") if (path := folder / f"{name}{end}").exists()
    ]
    if taken:
        raise RefusedError(f"{taken[0]} is there already; name another")
    wanted = _wanted(name, pairs_in(given), {key: value for key, value in options.items() if value})
    try:
        started = start(lodge, wanted, folder, now=utc_now())
    except LeadsInsideError as error:
        raise RefusedError(f"{error}; allow it by --allow {error.host}", field="url") from error
    if started.made is not None:
        made = started.made
        keep(folder, made.sample.recorded, made.recorded, replaces=True)
        keep(folder, made.sample.expected, made.expected, replaces=True)
    keep(folder, f"{name}.yaml", started.text.encode())
    click.echo(str(folder / f"{name}.yaml"))
    for note in started.notes:
        click.echo(f"note: {note}", err=True)
    click.echo(f"complete it, then: lodge link check; lodge link test {name}", err=True)
    return DONE


def _wanted(name: str, given: dict[str, str], options: "dict[str, object]") -> "Wanted":
    from lodge_adapters.sampling_new import Wanted

    def said(option: str) -> str:
        return str(options.get(option, ""))

    kinds = [each for each in ("sql", "url_secret", "url", "path", "mart") if each in options]
    if len(kinds) != 1:
        raise click.UsageError("give one of --sql, --url-secret, --url, --file and --mart")
    kind = {"url_secret": "sql", "url": "http", "path": "file"}.get(kinds[0], kinds[0])
    if (kind == "sql") != ("table" in options or "select" in options) or (
        "table" in options and "select" in options
    ):
        raise click.UsageError("--table or --select, one of them, goes with a database")
    if given and "select" not in options:
        raise click.UsageError("NAME=VALUE goes with --select; a URL has its values in it")
    allowed = options.get("allowed") or ()
    return Wanted(
        name=name,
        kind=kind,
        url=said("sql") or said("url"),
        url_secret=said("url_secret"),
        table=said("table") or said("mart"),
        select=said("select"),
        path=said("path"),
        format=said("form"),
        given=given,
        allowed=tuple(map(str, allowed)) if isinstance(allowed, tuple) else (),  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        password_secret=said("password_secret") if kind == "sql" else "",
        authentication=_authentication(options, is_http=kind == "http"),
    )


def _authentication(options: "dict[str, object]", *, is_http: bool) -> "Authentication":
    from lodge_adapters.language import Authentication

    def said(option: str) -> str | None:
        return str(options[option]) if option in options else None

    given = [each for each in ("user", "bearer_secret", "header_secret") if each in options]
    if not is_http:
        if given:
            raise click.UsageError(f"--{given[0].replace('_', '-')} goes with --url")
        return Authentication()
    if len(given) > 1 or ("user" in options) != ("password_secret" in options):
        raise click.UsageError(
            "give one of --user with --password-secret, --bearer-secret, --header-secret"
        )
    header, _, secret = (said("header_secret") or "").partition("=")
    if header and not secret:
        raise click.UsageError("--header-secret is written HEADER=SECRET")
    return Authentication(
        user=said("user"),
        password_secret=said("password_secret"),
        bearer_secret=said("bearer_secret"),
        header=header or None,
        header_secret=secret or None,
    )
