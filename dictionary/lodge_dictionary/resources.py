"""The API of this room: SQL over what one may see, and what every table and column means."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from lodge_dictionary.asked import Asked, Form
from lodge_dictionary.entries import ColumnEntry, TableEntry, tables
from lodge_dictionary.links import link_tables
from lodge_dictionary.workers import Workers
from lodge_platform.api import Answer, Api, Body, Call
from lodge_platform.clock import as_utc
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError, SetUpError
from lodge_platform.identity.actions import Action

MOST_ROWS, MOST_EXPORTED_ROWS = 10_000, 1_000_000
MOST_BYTES, MOST_EXPORTED_BYTES = 32_000_000, 256_000_000

api = Api("sql", "Read-only SQL over the reports store, and the dictionary of its words.")
_workers = Workers()
_Text = Annotated[
    str, Meta(min_length=1, max_length=100_000, description="One select, as for `lodge sql`.")
]
_AsOf = Annotated[datetime, Meta(tz=True, description="Show what was published last by then.")]
_Seconds = Annotated[float, Meta(ge=0.1, le=120, description="Longest it may take.")]
_Name = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="A word to stop the query by.")
]


class Query(Body, frozen=True):
    """A query over the tables and columns that the caller may see."""

    query: _Text
    as_of: _AsOf | None = None
    seconds: _Seconds = 30
    name: _Name | None = None


class ExportQuery(Query, frozen=True, kw_only=True):
    """A query whose rows are taken out as a file."""

    format: Annotated[Literal["csv", "parquet"], Meta(description="csv or parquet.")]


class ResultColumn(Struct, frozen=True):
    """One column of an answer; `type` is the engine's word."""

    name: str
    type: str


class QueryResult(Struct, frozen=True):
    """Rows by column name; `is_complete` is false where more were left out than fit."""

    columns: list[ResultColumn]
    rows: list[dict[str, Any]]
    row_count: int
    is_complete: bool
    landed_at: datetime
    snapshot_no: int


class DictionaryColumn(Struct, frozen=True):
    """One column and its term."""

    name: str
    type: str
    meaning: str
    unit: str | None
    zone: str | None
    sensitivity: str
    example: str | None


class DictionaryTable(Struct, frozen=True):
    """One table: `grain` says what one row is."""

    name: str
    store: str
    grain: str
    columns: list[DictionaryColumn]


class Dictionary(Struct, frozen=True):
    """Every table of the stores, every mart and every landed data link."""

    items: list[DictionaryTable]


@api.post(
    "/sql",
    action=Action.SQL_QUERY,
    body=Query,
    answer=QueryResult,
    writes=None,
    name="query",
    example=Query(query="select queue, count(*) as n from activities group by queue"),
)
def ask(call: Call, body: Query) -> Answer:
    """Answer a query.

    It sees the rows of departments in which the caller has this right, personal and content
    columns where their rights are held too, at the last published state. At most 10,000 rows
    come back; `is_complete` says whether those are all. Each query is written down.
    """
    return _answered(call, body, "json")


@api.post(
    "/sql/export",
    action=Action.EXPORT,
    body=ExportQuery,
    answer="binary",
    writes=None,
    name="export_query",
    example=ExportQuery(query="select * from queue_intervals", format="csv"),
)
def export(call: Call, body: ExportQuery) -> Answer:
    """Answer a query with a file.

    As `POST /sql`, with up to a million rows; the caller must hold this right wherever they may
    query. In CSV, text that a spreadsheet would run gets a leading apostrophe.
    """
    return _answered(call, body, body.format)


@api.delete(
    "/sql/running/{name}",
    action=Action.SQL_QUERY,
    writes=None,
    needs_match=False,
    name="stop_query",
)
def stop(call: Call) -> Answer:
    """Stop a query of one's own that runs now, by the name it was given."""
    _workers.stop(call.reader.name, call.word("name"))
    return call.nothing()


@api.get("/dictionary", action=Action.DICTIONARY_READ, answer=Dictionary, name="list_dictionary")
def dictionary(call: Call) -> Answer:
    """What every table and column means."""
    return call.value(Dictionary([_table(table) for table in _known(call)]))


@api.get(
    "/dictionary/{name}",
    action=Action.DICTIONARY_READ,
    answer=DictionaryTable,
    name="read_dictionary",
)
def entry(call: Call) -> Answer:
    """What one table and its columns mean; by its name in SQL, such as `active.emails`."""
    wanted = call.word("name").lower().removeprefix("marts.")
    for table in _known(call):
        if table.full_name == wanted:
            return call.value(_table(table))
    raise NotFoundError(f"the dictionary has no table {wanted!r}")


def _known(call: Call) -> tuple[TableEntry, ...]:
    return *tables(), *(link.entry for link in link_tables(call.lodge))


def _answered(call: Call, body: Query, form: Form) -> Answer:
    is_export = form != "json"
    asked = Asked(
        settings=call.lodge.settings,
        reader=call.reader,
        query=body.query,
        form=form,
        now=call.now,
        as_of=as_utc(body.as_of) if body.as_of else None,
        address=call.address,
        seconds=body.seconds,
        most_rows=MOST_EXPORTED_ROWS if is_export else MOST_ROWS,
        most_bytes=MOST_EXPORTED_BYTES if is_export else MOST_BYTES,
    )
    try:
        told, content = _workers.answer(asked, name=body.name)
    except NotFoundError as error:  # nothing was published by then
        raise RefusedError(str(error), field="as_of") from error
    except SetUpError as error:
        raise ConflictError("nothing has been published yet; run the pipelines first") from error
    except RefusedError as error:
        if type(error) is RefusedError and error.field is None:
            raise RefusedError(str(error), field="query") from error
        raise
    if is_export:
        return call.binary(content, f"query.{form}")
    return Answer(content=content, row_count=told.row_count)


def _table(table: TableEntry) -> DictionaryTable:
    columns = [_column(column) for column in table.columns]
    return DictionaryTable(table.full_name, table.store, table.grain, columns)


def _column(column: ColumnEntry) -> DictionaryColumn:
    return DictionaryColumn(
        column.name,
        column.kind,
        column.meaning,
        column.unit,
        column.zone,
        column.sensitivity,
        column.example,
    )
