"""`lodge link list`, `show` and `ask`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from lodge_adapters.verbs_folder import file_in, known_in, library_of, pairs_in
from lodge_platform.cli.endings import DONE
from lodge_platform.cli.invocation import Invocation, pass_invocation
from lodge_platform.cli.output import json_of, json_option, show_rows
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError, RefusedError, SetUpError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import verb_right

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lodge_adapters.library import KnownLink
    from lodge_platform.lodge import Lodge


@click.command("list")
@verb_right(Action.LINK_READ)
@json_option
@pass_invocation
def list_links(invocation: Invocation, as_json: bool) -> int:
    """Every link there is a file of: in force, switched off, or with the fault of its file.

    Where the home has a store, the state says what its source last did.
    """
    from lodge_adapters.describing import described

    with library_of(invocation) as (lodge, library):
        states = _states(lodge)
        rows = [
            {
                "name": one.name,
                "title": one.title,
                "kind": one.kind,
                "version": one.version,
                "state": _state(one.fault, states.get(one.name)),
                "fault": one.fault or (states.get(one.name) or {}).get("said"),
            }
            for one in described(library)
        ]
    show_rows(rows, as_json=as_json)
    return DONE


@click.command("show")
@verb_right(Action.LINK_READ)
@click.argument("name")
@json_option
@pass_invocation
def show(invocation: Invocation, name: str, as_json: bool) -> int:
    """What link NAME declares: parameters, fields, who may ask it, and where its file is."""
    from lodge_adapters.describing import description_of

    with library_of(invocation) as (lodge, library):
        known = known_in(library, name)
        one = description_of(known.name, known.version, known.link)
        link, path, said = known.link, file_in(known), _states(lodge).get(name, {})
        if as_json:
            import msgspec

            whole = {"file": str(path), **msgspec.to_builtins(one), "state": said}
            click.echo(json_of(whole, is_indented=True))
            return DONE
        facts = {
            "title": one.title,
            "meaning": one.term,
            "file": str(path),
            "kind": f"{one.kind}{', writes' if one.is_writing else ''}",
            "contract": link.contract.value,
            "callers": ", ".join(one.roles) or "nobody but who operates links",
            "departments": ", ".join(one.departments) or "every one",
            "samples": ", ".join(each.name for each in link.samples) or "none",
            "state": _state(one.fault, said),
            "says": said.get("said") or "",
        }
    show_rows([{"of the link": key, "is": value} for key, value in facts.items()], as_json=False)
    parameters = [
        {
            "parameter": each.name,
            "type": each.type,
            "required": each.is_required,
            "from": each.subject,
            "meaning": each.term,
        }
        for each in one.parameters
    ]
    for rows in (parameters, _fields(one.fields)):
        if rows:
            click.echo()
            show_rows(rows, as_json=False)
    return DONE


@click.command("ask")
@verb_right(Action.LINK_ASK)
@click.argument("name")
@click.argument("given", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--format", "form", type=click.Choice(["xml", "json"]), default="xml", show_default=True
)
@click.option("--activity", "activity_id", type=int, help="Fill parameters from this activity.")
@pass_invocation
def ask(
    invocation: Invocation, name: str, given: tuple[str, ...], form: str, activity_id: int | None
) -> int:
    """Ask link NAME its live source; the answer goes to stdout as it comes.

    Exits 1 for parameters that are refused, 3 when the source is down, slow or broken; an answer
    that had begun by then ends in <error>.
    """
    from lodge_adapters.asking import OpenLinks
    from lodge_adapters.parameters import given_by
    from lodge_platform.links.activities import subject_of_activity
    from lodge_platform.links.asking import Caller, CallerKind

    lodge = invocation.lodge()
    links = OpenLinks(lodge)
    try:
        known = known_in(links.library, name)
        if not known.link.active:
            raise RefusedError(f"link {name!r} is switched off by `active: false` in its file")
        values: Mapping[str, str] = pairs_in(given)
        if activity_id is not None:
            values = {**given_by(known.link, subject_of_activity(lodge, activity_id)), **values}
        if known.link.writes:
            raise RefusedError(f"link {name!r} writes; send it by POST /links/{name}")
        caller = Caller(kind=CallerKind.OPERATOR, activity_id=activity_id)
        _stream(links, known, values, caller, is_json=form == "json")
    finally:
        links.close()
    return DONE


def _stream(links: Any, known: "KnownLink", values: Any, caller: Any, *, is_json: bool) -> None:
    from lodge_adapters.answers.json_form import JsonForm
    from lodge_adapters.answers.xml_form import XmlForm
    from lodge_adapters.making import Making
    from lodge_adapters.web_replies import source_problem

    asks = links.asks
    asked = asks.asked(known.name, values, caller, utc_now())
    made = JsonForm if is_json else XmlForm
    form = made(known.name, known.link, asked.seen)
    making = Making(known.link, asked.seen, form=form)
    out = sys.stdout.buffer
    has_begun = False
    call = None
    try:
        call, place = asks.call(asked, making)
        piece = call.take()
        out.write(form.head(asked.provenance(place), known.version))
        has_begun = True
        while piece is not None:
            out.write(piece.content)
            piece = call.take()
        out.write(form.end(making.end))
        asks.ended(asked, making, None)
    except LodgeError as error:
        asks.ended(asked, making, error)
        if has_begun:
            out.write(form.failed(source_problem(error, f"link {known.name}").values()))
        raise
    finally:
        out.flush()
        if call is not None:
            call.cancel()


def _states(lodge: "Lodge") -> "dict[str, dict[str, Any]]":
    """What the store knows of each link's source; nothing where there is no store yet."""
    from sqlalchemy import select
    from sqlalchemy.exc import SQLAlchemyError

    from lodge_platform.schema.active import DataLink

    table = DataLink.__table__
    try:
        with lodge.stores.active.read() as connection:
            rows = connection.execute(select(table)).mappings().all()
    except (SQLAlchemyError, SetUpError):
        return {}
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        said = row["failure"] or row["breach"]
        word = "failing" if row["failure"] else "breached" if row["breach"] else "good"
        found[row["link"]] = {"state": word, "said": said, "since": row["failing_since"]}
    return found


def _state(fault: str | None, known: "Mapping[str, Any] | None") -> str:
    from lodge_adapters.describing import SWITCHED_OFF

    if fault is not None:
        return "off" if fault == SWITCHED_OFF else "faulty"
    word = (known or {}).get("state", "good")
    return "in force" if word == "good" else str(word)


def _fields(fields: Any, path: str = "") -> "list[dict[str, Any]]":
    rows: list[dict[str, Any]] = []
    for each in fields:
        name = f"{path}{each.name}"
        kind = "thing" if each.fields else each.type
        rows.append(
            {
                "field": name,
                "type": f"list of {kind}" if each.is_list else kind,
                "sensitivity": each.sensitivity,
                "meaning": each.term,
            }
        )
        rows += _fields(each.fields, f"{name}.")
    return rows
