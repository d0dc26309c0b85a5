"""`lodge link test`, `record`, `check` and `schema`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lodge_adapters.verbs_folder import (
    file_in,
    file_shown,
    known_in,
    library_of,
    pairs_in,
    unknown_callers,
)
from lodge_platform.cli.endings import DONE, REFUSED
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from lodge_adapters.library import KnownLink, Library
    from lodge_platform.lodge import Lodge

_GOOD, _BAD, _NONE = "good", "bad", "no samples"


@click.command("test")
@verb_right(Action.LINK_OPERATE)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@json_option
@pass_invocation
def test(invocation: Invocation, names: tuple[str, ...], as_json: bool) -> int:
    """Run the recorded samples of these links, of all where none is named.

    Nothing outside is asked, no secret is needed. Exits 1 when an answer is not the expected one,
    does not fit the link's schema, or a file cannot be used.
    """
    with library_of(invocation) as (lodge, library):
        chosen = [known_in(library, name) for name in names] or list(library.links())
        faults = [] if names else list(library.faults())
        rows = [row for known in chosen for row in _tested(lodge, known)]
        rows += [
            {"link": one.name, "sample": "", "outcome": _BAD, "faults": [one.said]}
            for one in faults
        ]
    shown = [row | {"faults": "; ".join(row["faults"])} for row in rows]
    show_rows(rows if as_json else shown, as_json=as_json)
    bad = sum(row["outcome"] == _BAD for row in rows)
    good = sum(row["outcome"] == _GOOD for row in rows)
    without = sum(row["outcome"] == _NONE for row in rows)
    click.echo(f"{good} good, {bad} bad, {without} links without samples", err=True)
    return REFUSED if bad else DONE


@click.command("record")
@verb_right(Action.LINK_OPERATE)
@click.argument("name")
@click.argument("given", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--as", "sample_name", required=True, help="Name of the sample.")
@click.option("--replace", is_flag=True, help="Write over a sample of that name.")
@pass_invocation
def record(
    invocation: Invocation, name: str, given: tuple[str, ...], sample_name: str, replace: bool
) -> int:
    """Ask link NAME its live source, and keep the call and its answer as a sample beside it.

    The sample's lines are added to the link's file, all else in it stays as it is; where that
    cannot be done, as in XML, they are printed. What the source said is kept as it was: look
    through the files before they leave the house.
    """
    from lodge_adapters.samples import record as recorded
    from lodge_adapters.samples import require_name
    from lodge_adapters.samples_added import keep, refuse_taken, with_sample
    from lodge_adapters.sampling_file import sample_lines

    require_name(sample_name, "sample")
    lodge = invocation.lodge()
    with library_of(invocation) as (_, library):
        known = known_in(library, name)
        made = recorded(lodge, known, pairs_in(given), name=sample_name, now=utc_now())
        path = file_in(known)
        if not replace:
            refuse_taken(known.folder, made.sample)
        keep(known.folder, made.sample.recorded, made.recorded, replaces=True)
        keep(known.folder, made.sample.expected, made.expected, replaces=True)
        document = path.read_text("utf-8")
        text = with_sample(document, path.name, made.sample)
        if text is not None and text != document:
            keep(path.parent, path.name, text.encode(), replaces=True)
    for file in (made.sample.recorded, made.sample.expected):
        click.echo(str(known.folder / file))
    if text is None:
        has_it = any(one.name == sample_name for one in known.link.samples)
        instead = f", in place of those of {sample_name!r}" if has_it else ""
        click.echo(f"put these lines under `samples` in {path}{instead}:", err=True)
        click.echo("\n".join(f"  {line}" for line in sample_lines(made.sample)))
    return DONE


@click.command("check")
@verb_right(Action.LINK_READ)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path))
@json_option
@pass_invocation
def check(invocation: Invocation, files: tuple[Path, ...], as_json: bool) -> int:
    """Read link FILEs, all of the home's where none is named, and say every one's fault.

    A fault names the line and what is allowed. Exits 1 when there is one. Of the home's files, a
    role or department that is not there is noted too.
    """
    notes: list[str] = []
    if files:
        rows = [_checked(file) for file in files]
    else:
        with library_of(invocation) as (lodge, library):
            rows = _all(library)
            notes = unknown_callers(lodge, library)
    show_rows(rows, as_json=as_json, columns=("file", "outcome", "fault"))
    for note in notes:
        click.echo(f"note: {note}", err=True)
    return REFUSED if any(row["fault"] for row in rows) else DONE


@click.command("schema")
@verb_right(Action.LINK_READ)
@click.option("--of", "name", help="Link whose answers' schema is wanted.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["xsd", "json"]),
    default="xsd",
    help="Of answers: XML's schema or JSON's.",
)
@pass_invocation
def schema(invocation: Invocation, name: str | None, form: str) -> int:
    """The JSON schema of link files, for editors; with --of the schema of a link's answers.

    An editor finds it by a first line `# yaml-language-server: $schema=FILE`.
    """
    if name is None:
        from lodge_adapters.link_file_schema import link_file_schema

        click.echo(link_file_schema().decode())
        return DONE
    from lodge_adapters.answers.json_schema import json_schema_of
    from lodge_adapters.answers.xsd import xsd_of

    with library_of(invocation) as (_, library):
        known = known_in(library, name)
        made = xsd_of if form == "xsd" else json_schema_of
        sys.stdout.buffer.write(made(name, known.link).rstrip(b"\n") + b"\n")
    return DONE


def _tested(lodge: "Lodge", known: "KnownLink") -> "list[dict[str, Any]]":
    from lodge_adapters.samples import run

    if not known.link.samples:
        return [{"link": known.name, "sample": "", "outcome": _NONE, "faults": []}]
    outcomes = [run(lodge, known, sample) for sample in known.link.samples]
    return [
        {
            "link": known.name,
            "sample": one.sample,
            "outcome": _BAD if one.faults else _GOOD,
            "faults": list(one.faults),
        }
        for one in outcomes
    ]


def _checked(file: Path) -> "dict[str, Any]":
    from lodge_adapters.library_files import read_found

    if not file.is_file():
        raise RefusedError(f"{file} cannot be read: there is no such file")
    _, said = read_found(file.stem, [file], known=None)
    fault = said if isinstance(said, str) else None
    return {"file": str(file), "outcome": "faulty" if fault else "good", "fault": fault}


def _all(library: "Library") -> "list[dict[str, Any]]":
    good = [
        {"file": str(file_in(known)), "outcome": "good", "fault": None} for known in library.links()
    ]
    return good + [
        {"file": file_shown(library, one.name), "outcome": "faulty", "fault": one.said}
        for one in library.faults()
    ]
