"""Start a link from a live source: what was seen of it, as a file that a person completes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from lodge_adapters.language import (
    Access,
    Answer,
    Authentication,
    Field,
    File,
    Http,
    Link,
    Mart,
    Parameter,
    Sql,
    Type,
)
from lodge_adapters.samples import Made, record
from lodge_adapters.sampling import DRAFT, Guessed, guess, name_for, type_of
from lodge_adapters.sampling_documents import Seen
from lodge_adapters.sampling_file import written
from lodge_adapters.sampling_sources import (
    READ_WHOLE,
    document_of,
    draft,
    file_of,
    known_of,
    query_of,
    refuse_secret_url,
    require_table,
    rows_of,
    select_of,
)
from lodge_platform.errors import LodgeError, RefusedError
from lodge_platform.lodge import Lodge
from lodge_platform.secret_values import secret

_MOST_SAMPLE_BYTES = 200_000
_LAST = """
# callers: {roles: [agent, supervisor]}  # until roles are named, only who operates links may ask
# cache: {seconds: 60, stale_if_error_seconds: 3600}
# panel: {title: Beside the activity}
# land: {key: KEY}  # loads all rows into the reports store as links.NAME
"""
_NO_AUTHENTICATION = Authentication()


@dataclass(frozen=True)
class Wanted:
    """What to start from: one of `url` with sql, `url` with http, `path` and `mart`."""

    name: str
    kind: str
    url: str = ""
    url_secret: str = ""
    table: str = ""
    select: str = ""
    path: str = ""
    format: str = ""
    given: Mapping[str, str] | None = None
    allowed: tuple[str, ...] = ()
    password_secret: str = ""
    authentication: Authentication = _NO_AUTHENTICATION


@dataclass(frozen=True)
class Started:
    """A new link: its file's text, its first sample where one could be taken, and what a person
    should know."""

    text: str
    link: Link
    made: Made | None
    notes: tuple[str, ...]


def start(lodge: Lodge, wanted: Wanted, folder: Path, *, now: datetime) -> Started:
    """Look at the source and write the file's text; nothing is written to disk.

    Raises the errors of a source, and RefusedError for what no link could be made of.
    """
    given = dict(wanted.given or {})
    access, seen, values = _SEEN[wanted.kind](lodge, wanted, folder, given)
    guessed = guess(seen.rows, is_text=seen.is_text)
    if not guessed.fields:
        raise RefusedError("there is no row with values to start from; the source gave none")
    access, parameters, values = _narrowed(lodge, wanted, access, guessed, seen, values)
    base = wanted.table.rpartition(".")[2] or wanted.name
    has_plural = base.endswith("s") and len(base) > 2
    link = Link(
        title=_title(wanted.name),
        term=f"{DRAFT} {wanted.name}",
        parameters=parameters,
        access=access,
        answer=Answer(
            root=name_for(base),
            row=name_for(base[:-1] if has_plural else "row"),
            rows=seen.path,
            fields=guessed.fields,
        ),
        allowed=wanted.allowed,
    )
    made, notes = _sample(lodge, wanted.name, link, folder, values, now)
    if made is not None:
        link = replace(link, samples=(made.sample,))
    text = written(link, _comments(guessed, seen)) + _LAST
    return Started(text, link, made, (*seen.notes, *notes))


def _sql(
    lodge: Lodge, wanted: Wanted, folder: Path, given: dict[str, str]
) -> tuple[Access, Seen, dict[str, str]]:
    refuse_secret_url(wanted.url)
    sql = Sql(
        url=wanted.url or None,
        url_secret=wanted.url_secret or None,
        password_secret=wanted.password_secret or None,
        select=wanted.select or select_of(require_table(wanted.table)),
    )
    access = Access(sql=sql)
    parameters = _parameters(given)
    link = draft(access, allowed=wanted.allowed, parameters=parameters)
    rows, columns = rows_of(lodge, wanted.name, link, folder, given=given)
    padded = [{name: row.get(name) for name in columns} for row in rows]
    return access, Seen(list(padded)), given


def _mart(
    lodge: Lodge, wanted: Wanted, folder: Path, given: dict[str, str]
) -> tuple[Access, Seen, dict[str, str]]:
    access = Access(mart=Mart(table=wanted.table))
    rows, _ = rows_of(lodge, wanted.name, draft(access), folder, given={})
    return access, Seen(list(rows)), {}


def _http(
    lodge: Lodge, wanted: Wanted, folder: Path, given: dict[str, str]
) -> tuple[Access, Seen, dict[str, str]]:
    refuse_secret_url(wanted.url)
    place, pairs = query_of(wanted.url)
    asked = Http(url=wanted.url, authentication=wanted.authentication)
    kind, seen = document_of(
        lodge, wanted.name, asked, folder, allowed=wanted.allowed, format_=wanted.format
    )
    names = {name: _plain_name(name) for name in pairs}
    http = Http(
        url=place,
        format=kind,
        query={name: f"{{{names[name]}}}" for name in pairs},
        authentication=wanted.authentication,
        csv=seen.csv,
    )
    values = {names[name]: value for name, value in pairs.items()}
    access = Access(http=http)
    if kind in READ_WHOLE:
        link = draft(access, allowed=wanted.allowed, parameters=_parameters(values))
        rows, _ = rows_of(lodge, wanted.name, link, folder, given=values)
        seen = Seen(list(rows))
    return access, seen, values


def _file(
    lodge: Lodge, wanted: Wanted, folder: Path, given: dict[str, str]
) -> tuple[Access, Seen, dict[str, str]]:
    root = lodge.settings.home / "link-files"
    path = (root / wanted.path).resolve()
    if not path.is_relative_to(root.resolve()):
        path = Path(wanted.path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise RefusedError(f"{wanted.path} is not below {root}; put it there first")
    kind, seen = file_of(path, format_=wanted.format)
    said = str(path.relative_to(root.resolve()))
    access = Access(file=File(format=kind, path=said, csv=seen.csv))
    if kind in READ_WHOLE:
        rows, _ = rows_of(lodge, wanted.name, draft(access), folder, given={})
        seen = Seen(list(rows))
    return access, seen, {}


_SEEN: dict[str, Any] = {"sql": _sql, "mart": _mart, "http": _http, "file": _file}


def _narrowed(
    lodge: Lodge,
    wanted: Wanted,
    access: Access,
    guessed: Guessed,
    seen: Seen,
    values: dict[str, str],
) -> tuple[Access, tuple[Parameter, ...], dict[str, str]]:
    """The access for the file. A table with a key is asked for one key; the first one's sample."""
    if not wanted.table or (access.sql is None and access.mart is None):
        return access, _parameters(values), values
    key = next((field for field in guessed.fields if field.name in guessed.keys[:1]), None)
    column = "" if key is None else key.source or key.name
    name = _plain_name(column) if column else ""
    parameters: tuple[Parameter, ...] = ()
    if key is not None:
        term = f"{DRAFT} which {column} is asked for"
        parameters = (Parameter(name=name, type=key.type, required=True, term=term),)
        values = {name: str(seen.rows[0][column])}
    if access.sql is not None:
        sql = access.sql
        url = secret(lodge.settings, sql.url_secret) if sql.url_secret else ""
        columns = tuple(field.source or field.name for field in guessed.fields)
        statement = select_of(wanted.table, columns, where=(column, name), url=sql.url or url)
        return Access(sql=replace(sql, select=statement)), parameters, values
    where = {column: name} if column else {}
    return Access(mart=Mart(table=wanted.table, where=where)), parameters, values


def _parameters(given: Mapping[str, str]) -> tuple[Parameter, ...]:
    """Parameters as they were given, each with the type its value has."""
    found: list[Parameter] = []
    for name, value in given.items():
        kind = type_of([value], is_text=True)
        found.append(
            Parameter(name=name, type=kind, required=True, term=f"{DRAFT} {name}")
            if kind is not Type.TEXT
            else Parameter(name=name, required=True, term=f"{DRAFT} {name}")
        )
    return tuple(found)


def _sample(
    lodge: Lodge, name: str, link: Link, folder: Path, values: dict[str, str], now: datetime
) -> tuple[Made | None, tuple[str, ...]]:
    known = known_of(name, link, lodge, folder)
    later = f"record one with `lodge link record {name} --as first`"
    try:
        made = record(lodge, known, values, name="first", now=now)
    except LodgeError as error:
        return None, (f"no sample was taken: {error}; {later}",)
    finally:
        known.close()
    size = len(made.recorded) + len(made.expected)
    if size > _MOST_SAMPLE_BYTES:
        said = f"no sample was taken: it would have {size} bytes; narrow the link, then {later}"
        return None, (said,)
    if any(_is_personal(field) for field in link.answer.fields):
        personal = "the sample holds values of fields marked personal: replace them in its files"
        return made, (f"{personal} before they leave this house",)
    return made, ()


def _is_personal(field: Field) -> bool:
    return field.sensitivity == "personal" or any(map(_is_personal, field.fields))


def _comments(guessed: Guessed, seen: Seen) -> dict[str, Sequence[str]]:
    keys = ", ".join(guessed.keys) or "none found: no column tells every row seen from the others"
    return {
        "title": (
            f"Started from {len(seen.rows)} rows that the source gave. A person completes it:",
            "every term that begins with DRAFT, types that more rows would disprove, `required`,",
            "and the sensitivity of fields; those that look personal are marked so.",
        ),
        "answer.rows": seen.notes,
        "answer.fields": (f"keys could be: {keys}",),
    }


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def _plain_name(said: str) -> str:
    """A parameter's name for what a source calls `said`."""
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", said).lower())
    found = plain.strip("_")[:60]
    return found if re.match(r"[a-z]", found) else f"p_{found}".rstrip("_")
