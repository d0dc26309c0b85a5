"""`lodge bring`: what another system exported, through the REST API and an API key."""

import csv
import json
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lodge_platform.cli.endings import DONE, REFUSED
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_core.bringing.running import Outcome


_REJECTED = ".rejected.csv"


@click.group("bring")
def bring() -> None:
    """Bring in what another system exported, through the API of a running Lodge."""


def _asked(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every way of bringing has."""
    options = (
        click.option("--to", "url", required=True, help="Address of Lodge: https://lodge.example."),
        click.option(
            "--key-file",
            required=True,
            type=click.Path(path_type=Path, dir_okay=False),
            help="File whose one line is the API key.",
        ),
        click.option("--source", help="Name of the system it comes from; else the file's name."),
        click.option(
            "--ledger",
            "ledger_path",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File that keeps what was brought; else PATH.brought.jsonl.",
        ),
        click.option(
            "--rejects",
            "rejects_path",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File for what was refused, and why; else beside PATH.",
        ),
        click.option(
            "--source-attribute",
            "attribute",
            default="source_id",
            show_default=True,
            help="Custom attribute that keeps the id in the source, where it is declared.",
        ),
        click.option("--plain-http", is_flag=True, help="Send the key without encryption."),
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@bring.command("csv")
@verb_right(Action.CASE_WORK)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "plural",
    required=True,
    type=click.Choice(["customers", "cases", "activities", "articles"]),
    help="What each line is.",
)
@click.option(
    "--map",
    "map_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="YAML file: which column is which field, and which words mean which.",
)
@click.option("--encoding", help="Such as utf-8 or cp1252; else it is found out.")
@click.option("--delimiter", help="Between cells; else it is found out.")
@_asked
def csv_verb(
    path: Path,
    plural: str,
    map_path: Path | None,
    encoding: str | None,
    delimiter: str | None,
    **asked: Any,
) -> int:
    """Bring each line of the CSV file PATH as a customer, a case, an activity or an article.

    What is refused goes to PATH.rejected.csv with its line and the reason; mend it there and bring
    that file. A second run makes nothing twice and goes on where the first ended.
    """
    from lodge_core.bringing.csv_form import read_table
    from lodge_core.bringing.csv_source import KINDS, read_map, things_in

    kind = KINDS[plural]
    table = read_table(path, encoding=encoding, delimiter=delimiter)
    things = things_in(table, kind, read_map(map_path))
    click.echo(f"{path}: {table.said}, {len(table.names)} columns", err=True)
    rejects = asked.pop("rejects_path") or path.with_name(path.name + _REJECTED)
    return _bring(path, things, kind=kind, rejects=rejects, columns=table.names, **asked)


@bring.command("zammad")
@verb_right(Action.CASE_WORK)
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@_asked
def zammad_verb(path: Path, **asked: Any) -> int:
    """Bring organizations, users, tickets and answers that Zammad's REST API gave as JSON.

    PATH is a folder with tickets.json, ticket_articles.json, users.json, organizations.json, or one
    file with all of them. Tickets become cases and their articles notes; the people who answered,
    and the bytes of attachments, are not brought.
    """
    from lodge_core.bringing.zammad_source import read_export, things_in

    things = things_in(read_export(path))
    rejects = asked.pop("rejects_path") or path.with_name(f"{path.name}.rejected.jsonl")
    asked["source"] = asked["source"] or "zammad"
    return _bring(path, things, rejects=rejects, **asked)


def _bring(
    path: Path,
    things: Iterable[Any],
    *,
    url: str,
    key_file: Path,
    source: str | None,
    ledger_path: Path | None,
    rejects: Path,
    attribute: str,
    plain_http: bool,
    as_json: bool,
    kind: Any = None,
    columns: Iterable[str] | None = None,
) -> int:
    from lodge_core.bringing.asking import Asker, key_in
    from lodge_core.bringing.ledger import Ledger
    from lodge_core.bringing.running import Outcome
    from lodge_core.bringing.running import bring as bring_all
    from lodge_core.bringing.sending import Sending

    first = _first(path)
    name = source or first.stem
    kept = ledger_path or first.with_name(f"{first.name}.brought.jsonl")
    outcome = Outcome()
    with (
        Asker(url, key_in(key_file), is_plain_allowed=plain_http) as asker,
        closing(Ledger(kept, url=asker.url, source=name)) as ledger,
        _progress() as each,
    ):
        sending = Sending(asker, ledger, source=name, attribute=attribute)
        try:
            bring_all(things, sending, ledger, outcome, kind=kind, each=each)
        finally:
            _tell(outcome, rejects, columns, as_json=as_json)
    return REFUSED if outcome.rejected else DONE


def _first(path: Path) -> Path:
    """The file that a list of refused lines comes from; else the file itself."""
    name = path.name
    while name.endswith(_REJECTED):
        name = name.removesuffix(_REJECTED)
    return path.with_name(name)


def _tell(
    outcome: "Outcome", rejects: Path, columns: Iterable[str] | None, *, as_json: bool
) -> None:
    _write_rejects(rejects, outcome.rejected, columns)
    show_rows(
        [
            {
                "kind": kind,
                "made": counts.made,
                "found": counts.found,
                "brought_before": counts.before,
                "rejected": counts.rejected,
            }
            for kind, counts in outcome.counts.items()
        ],
        as_json=as_json,
    )
    if outcome.rejected:
        click.echo(f"{len(outcome.rejected)} refused: see {rejects}", err=True)


def _write_rejects(path: Path, rejected: Iterable[Any], columns: Iterable[str] | None) -> None:
    """What was refused, in the form of the source with where and why first; or no file."""
    from lodge_core.bringing.csv_source import ADDED

    lines = list(rejected)
    if not lines:
        path.unlink(missing_ok=True)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        if columns is None:
            for one in lines:
                said = {"where": one.where, "reason": one.reason, "given": one.given}
                file.write(json.dumps(said, ensure_ascii=False) + "\n")
            return
        writer = csv.writer(file)
        names = [name for name in columns if name not in ADDED]
        writer.writerow([*ADDED, *names])
        for one in lines:
            writer.writerow([one.where, one.reason, *(one.given.get(name, "") for name in names)])


@contextmanager
def _progress() -> Generator[Callable[[], None]]:
    """Counts on a terminal; silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("bringing: {task.completed} done"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda: progress.advance(task)
