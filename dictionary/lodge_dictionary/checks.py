"""The promises of the dictionary, each a function that gives what breaks it."""

from collections.abc import Iterator
from dataclasses import dataclass

from lodge_dictionary.door import Door, open_door
from lodge_dictionary.entries import (
    TableEntry,
    declared_marts,
    doc_blocks,
    referenced_block,
    tables,
)
from lodge_dictionary.links import link_tables_of
from lodge_dictionary.queries import example_queries
from lodge_dictionary.readers.declared import RULES
from lodge_dictionary.sources import PROJECT, source_files, staging_file
from lodge_platform.cli.invocation import require_home
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.schema.landed import landed_tables
from lodge_platform.settings import Settings

_LEAST_WORDS = 3
_TYPES = frozenset(
    {
        *("a", "an", "the", "of", "column", "field", "value", "data", "key", "id", "identifier"),
        *("string", "text", "varchar", "char", "name", "code", "flag", "json", "array", "list"),
        *("bigint", "int", "integer", "number", "numeric", "decimal", "double", "float", "real"),
        *("bool", "boolean", "date", "datetime", "time", "timestamp", "instant", "uuid", "map"),
    }
)


@dataclass(frozen=True)
class Problem:
    """One broken promise: which, where, and what to do."""

    check: str
    where: str
    said: str


def problems(settings: Settings | None = None) -> list[Problem]:
    """Every broken promise; with settings, against the published reports store as well."""
    found = [*grains(), *terms(), *blocks(), *sources(), *staging(), *rules()]
    return found if settings is None else [*found, *links(settings), *in_reports(settings)]


def grains() -> Iterator[Problem]:
    """Every table says what one row is."""
    for table in tables():
        if not table.grain.startswith("One row per "):
            yield Problem("grain", table.full_name, "the comment must begin with 'One row per'")


def terms() -> Iterator[Problem]:
    """Every column of master, active and marts has a term that is more than a type."""
    for table in tables():
        yield from _terms_of(table)


def links(settings: Settings) -> Iterator[Problem]:
    """Every field of a landed link has a term that is more than a type."""
    try:
        require_home(settings)
        known = link_tables_of(settings)
    except (SetUpError, TryAgainError):
        return  # there is no home, or no store: no links either
    for link in known:
        yield from _terms_of(link.entry)


def _terms_of(table: TableEntry) -> Iterator[Problem]:
    for column in table.columns:
        if said := fault_of(column.meaning):
            yield Problem("term", f"{table.full_name}.{column.name}", said)


def fault_of(meaning: str) -> str:
    """What is wrong with a term's meaning; empty when nothing is."""
    words = meaning.replace(".", " ").replace(",", " ").split()
    if not words:
        return "has no term"
    if all(word.lower() in _TYPES for word in words):
        return f"the term {meaning!r} is a type, not a meaning"
    if len(words) < _LEAST_WORDS:
        return f"the term {meaning!r} is shorter than {_LEAST_WORDS} words"
    return ""


def blocks() -> Iterator[Problem]:
    """Marts refer to doc blocks that exist, and no doc block is left over."""
    known = set(doc_blocks())
    used: set[str] = set()
    for model in declared_marts():
        for entry in (model, *model["columns"]):
            name = referenced_block(entry.get("description"))
            where = model["name"] if entry is model else f"{model['name']}.{entry['name']}"
            used.add(name)
            if name not in known:
                yield Problem("doc block", where, f"refers to the doc block {name!r}: not there")
    for name in sorted(known - used):
        yield Problem("doc block", name, "no mart refers to it")


def sources() -> Iterator[Problem]:
    """The dbt sources say what the comments of the schema say."""
    for path, text in source_files().items():
        if not path.exists() or path.read_text("utf-8") != text:
            said = "differs from the schema's comments; run `lodge dictionary build --sources`"
            yield Problem("source", path.name, said)


def staging() -> Iterator[Problem]:
    """Every landed table has its staging model, which has every landed column; no other exists."""
    expected = {staging_file(table): table for table in landed_tables()}
    for path, table in expected.items():
        if not path.exists():
            yield Problem("staging", path.stem, f"no staging model for {table.store}.{table.name}")
            continue
        words = set(path.read_text("utf-8").replace(",", " ").split())
        for name in table.column_names:
            if name not in words:
                yield Problem("staging", path.stem, f"column {name} is missing")
    for path in sorted((PROJECT / "models" / "staging").glob("stg_*.sql")):
        if path not in expected:
            yield Problem("staging", path.stem, "no landed table has this name")


def rules() -> Iterator[Problem]:
    """Every mart and landed table has a rule that says whose its rows are, and no other has."""
    landed = {f"{table.store}.{table.name}" for table in landed_tables()}
    expected = landed | {f"marts.{model['name']}" for model in declared_marts()}
    for name in sorted(expected - RULES.keys()):
        said = "nobody may query it: lodge_dictionary/readers/declared.py has no rule for its rows"
        yield Problem("rule", name, said)
    for name in sorted(RULES.keys() - expected):
        yield Problem("rule", name, "has a rule for readers, but is not there")


def in_reports(settings: Settings) -> Iterator[Problem]:
    """Marts are as declared and example queries run, where something is published."""
    try:
        require_home(settings)
        with open_door(settings) as door:
            yield from _marts_as_declared(door)
            for query in example_queries():
                try:
                    door.ask(query.sql)
                except RefusedError as error:
                    yield Problem("example query", query.name, str(error))
    except (SetUpError, TryAgainError):
        return  # nothing is published, or no store is there: nothing to compare with


def _marts_as_declared(door: Door) -> Iterator[Problem]:
    rows = door.ask(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = 'lake' and schema_name = 'marts'"
    ).fetchall()
    present = {(str(table), str(column)) for table, column in rows}
    declared = {(m["name"], c["name"]) for m in declared_marts() for c in m["columns"]}
    for table, column in sorted(present - declared):
        yield Problem("mart", f"{table}.{column}", "is published but not declared")
    for table, column in sorted(declared - present):
        yield Problem("mart", f"{table}.{column}", "is declared but not published")
