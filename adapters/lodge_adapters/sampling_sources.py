"""A few rows of a live source that no link declares yet: what `lodge link new` looks at."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from lodge_adapters.access.http_client import Asked, Service
from lodge_adapters.access.source import Batch, Context
from lodge_adapters.access.templates import address
from lodge_adapters.language import Access, Answer, Format, Http, Limits, Link, Method
from lodge_adapters.library import KnownLink
from lodge_adapters.library_files import Found
from lodge_adapters.parameters import values_of
from lodge_adapters.samples import live_context
from lodge_adapters.sampling_documents import MOST_ROWS, Seen, format_of, rows_in
from lodge_platform.clock import utc_now
from lodge_platform.errors import RefusedError
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing.allowed import parse_allowed

MOST_BYTES = 5_000_000
READ_WHOLE = (Format.EXCEL, Format.PARQUET)
_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?")
_SECRET = re.compile(r"(?i)(^|[_-])(api_?key|key|token|secret|password|passwd|sig|signature)$")


def known_of(name: str, link: Link, lodge: Lodge, folder: Path) -> KnownLink:
    """A link that has no file yet."""
    return KnownLink(lodge, Found(name=name, folder=folder, version="new", text=b""), link)


def rows_of(
    lodge: Lodge, name: str, link: Link, folder: Path, *, given: Mapping[str, str]
) -> tuple[list[Mapping[str, Any]], tuple[str, ...]]:
    """The first rows of a source that has columns, by name, and the columns."""
    known = known_of(name, link, lodge, folder)
    context = live_context(lodge, known, now=utc_now())
    try:
        with known.in_use() as source:
            batches = source.batches(values_of(link, given), context)
            return _first(batches)
    finally:
        known.close()


def document_of(
    lodge: Lodge, name: str, http: Http, folder: Path, *, allowed: tuple[str, ...], format_: str
) -> tuple[Format, Seen]:
    """The format and the rows of what a service answers now. Raises the errors of a source, and
    RefusedError where the format cannot be told."""
    link = draft(Access(http=http), allowed=allowed)
    known = known_of(name, link, lodge, folder)
    context = live_context(lodge, known, now=utc_now())
    service = Service(http.url, http.authentication, allowed_here=parse_allowed(" ".join(allowed)))
    try:
        asked = Asked(Method.GET, address(http.url, {}, {}), common={"accept": "*/*"})
        with service.answer(asked, context) as response:
            content = _body(response.iter_raw(), context)
            media = response.headers.get("content-type", "")
    finally:
        service.close()
    kind = _format(http.url.split("?", 1)[0], content, media, format_)
    return kind, Seen([]) if kind in READ_WHOLE else rows_in(content, kind, service.place)


def file_of(path: Path, *, format_: str) -> tuple[Format, Seen]:
    """The format and the rows of a file. Raises RefusedError."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}") from error
    kind = _format(path.name, content, "", format_)
    if kind in READ_WHOLE:
        return kind, Seen([])
    if len(content) > MOST_BYTES:
        if kind in (Format.JSON, Format.XML):
            raise RefusedError(f"{path} has more than {MOST_BYTES} bytes; start from a part of it")
        content = content[: content.rfind(b"\n") + 1]
    return kind, rows_in(content, kind, path.name)


def draft(
    access: Access, *, allowed: tuple[str, ...] = (), seconds: float = 30, **more: Any
) -> Link:
    """A link of this access with no field yet: every column comes undeclared."""
    limits = Limits(seconds=seconds, rows=MOST_ROWS, bytes=50_000_000)
    answer = Answer(fields=())
    return Link(
        title="x", term="x", access=access, answer=answer, allowed=allowed, limits=limits, **more
    )


def refuse_secret_url(url: str) -> None:
    """Raise RefusedError for a URL that carries a password: a link file names secrets only."""
    user = re.match(r"[a-z0-9+]+://([^/?#]*)@", url, re.IGNORECASE)
    is_http = url.lower().startswith("http")
    named = [pair.partition("=")[0] for pair in url.partition("?")[2].split("&")]
    has_password = user is not None and (is_http or ":" in user[1])
    if has_password or (not is_http and any(_SECRET.search(name) for name in named)):
        hint = "--user NAME" if is_http else "--url-secret NAME for the whole URL, or"
        raise RefusedError(
            "a password stands in the URL, and a link file holds none: take it out and keep it as "
            f"a secret (LODGE_SECRET_NAME, or the file secrets/NAME in the home); give {hint} "
            "--password-secret NAME"
        )


def query_of(url: str) -> tuple[str, dict[str, str]]:
    """The address without its query, and the query's values. Raises RefusedError for a secret."""
    from urllib.parse import parse_qsl

    place, _, said = url.partition("?")
    pairs = dict(parse_qsl(said, keep_blank_values=True))
    for name in pairs:
        if _SECRET.search(name):
            raise RefusedError(
                f"{name!r} in the URL looks like a secret, and a link file holds none: take it "
                "out, and name a secret with --header-secret HEADER=NAME or --bearer-secret NAME"
            )
    return place, pairs


def select_of(
    table: str,
    columns: tuple[str, ...] = (),
    *,
    where: tuple[str, str] = ("", ""),
    url: str = "sqlite://",
) -> str:
    """The statement that reads these columns of a table (none: all), as the database of `url`
    writes names; `where` a column is as a parameter says."""
    try:
        quote: Any = make_url(url).get_dialect()().identifier_preparer.quote
    except (ArgumentError, NoSuchModuleError) as error:
        raise RefusedError("that is not a SQLAlchemy URL of a database known here") from error
    lines = [f"select {', '.join(map(quote, columns)) or '*'}", f"from {table}"]
    if where[0]:
        lines.append(f"where {quote(where[0])} = :{where[1]}")
    return "\n".join(lines)


def require_table(table: str) -> str:
    """The table's name. Raises RefusedError for what is no plain name."""
    if not _TABLE.fullmatch(table):
        raise RefusedError(f"{table[:100]!r} is no name of a table; give --select for others")
    return table


def _first(batches: Iterator[Batch]) -> tuple[list[Mapping[str, Any]], tuple[str, ...]]:
    rows: list[Mapping[str, Any]] = []
    columns: dict[str, None] = {}
    for batch in batches:
        columns |= dict.fromkeys(batch.columns)
        named = (dict(zip(batch.columns, row, strict=True)) for row in batch.rows)
        rows += islice(named, MOST_ROWS - len(rows))
        if len(rows) >= MOST_ROWS:
            break
    close = getattr(batches, "close", None)
    if close is not None:
        close()
    return rows, tuple(columns)


def _body(pieces: Iterator[bytes], context: Context) -> bytes:
    content = b""
    for piece in pieces:
        content += piece
        context.left()
        if len(content) > MOST_BYTES:
            raise RefusedError(f"it answers more than {MOST_BYTES} bytes; ask for less of it")
    return content


def _format(name: str, content: bytes, media: str, said: str) -> Format:
    if said:
        return Format(said)
    found = format_of(name.rsplit("/", 1)[-1], content, media)
    if found is None:
        raise RefusedError(f"the format cannot be told; give --format {'|'.join(Format)}")
    return found
