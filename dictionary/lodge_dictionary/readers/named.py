"""What a query names, read off the engine's own parse tree: tables, and columns by their words."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from lodge_dictionary.readers.shown import ShownTable
from lodge_dictionary.statement import nodes_of
from lodge_platform.errors import RefusedError
from lodge_platform.stores.reports import LAKE

MARTS = "marts"
# Functions that tell of the engine, its settings or its waiting, and nothing of anybody's rows.
_REFUSED_FUNCTIONS = frozenset(
    {
        *("current_setting", "getenv", "getvariable", "write_log", "json_execute_serialized_sql"),
        *("pg_sleep", "sleep_ms", "nextval", "currval", "setseed"),
        *("inet_client_addr", "inet_client_port", "inet_server_addr", "inet_server_port"),
    }
)
# What gives columns without naming them.
_WHOLE_ROWS = frozenset({"STAR", "SHOW_REF", "PIVOT", "POSITIONAL_REFERENCE"})
_CATALOG_SCHEMAS = frozenset({"information_schema", "pg_catalog"})
_CATALOG_NAMES = ("duckdb_", "pg_", "pragma_", "sqlite_")


@dataclass(frozen=True)
class Named:
    """`tables` are full names of shown tables; `words` every word the query says, in lower case.

    `is_whole` when rows are asked for with all their columns; `asks_names` when the query reads
    the engine's own lists of tables and columns.
    """

    tables: frozenset[str]
    words: frozenset[str]
    is_whole: bool
    asks_names: bool

    def wanted(self, shown: Mapping[str, ShownTable]) -> list[ShownTable]:
        """The tables the query reads, each with the columns it can ask for."""
        found = [shown[name] for name in sorted(self.tables)]
        return found if self.is_whole else [table.only(self.words) for table in found]


def named_in(tree: Any, shown: Collection[str]) -> Named:
    """What the parsed query names. Raises RefusedError for what a reader may not ask."""
    nodes = list(nodes_of(tree))
    for node in nodes:
        _require_harmless(str(node.get("function_name", "")).lower())
    named = {_full_name(node) for node in nodes if node.get("type") == "BASE_TABLE"}
    return Named(
        tables=frozenset(named & set(shown)),
        words=frozenset(word for node in nodes for word in _words(node)),
        is_whole=_is_whole(nodes),
        asks_names=any(_asks_names(node) for node in nodes),
    )


def _full_name(node: dict[str, Any]) -> str:
    """The name as the engine finds it: in the marts where no schema is said."""
    schema = str(node.get("schema_name", "")).lower()
    catalog = str(node.get("catalog_name", "")).lower()
    if not catalog and schema == LAKE:
        schema = ""
    if catalog not in ("", LAKE):
        return ""
    return f"{schema or MARTS}.{node['table_name']}".lower()


def _words(node: dict[str, Any]) -> Iterator[str]:
    for value in node.values():
        if isinstance(value, str):
            yield value.lower()
        elif isinstance(value, list):
            parts = cast(list[Any], value)
            yield from (part.lower() for part in parts if isinstance(part, str))


def _is_whole(nodes: list[dict[str, Any]]) -> bool:
    """Whether all columns may be asked for: by a star, or by a row taken as one value."""
    sources = [node for node in nodes if "class" not in node]  # expressions have one
    rows = {str(node.get(key, "")).lower() for node in sources for key in ("alias", "table_name")}
    for node in nodes:
        if str(node.get("type")) in _WHOLE_ROWS or node.get("ref_type") == "NATURAL":
            return True
        path = cast(list[Any], node.get("column_names") or [""])
        if node.get("class") == "COLUMN_REF" and str(path[-1]).lower() in rows - {""}:
            return True
    return False


def _asks_names(node: dict[str, Any]) -> bool:
    match node.get("type"):
        case "SHOW_REF":
            return node.get("query") is None
        case "TABLE_FUNCTION":
            return str(node["function"]["function_name"]).lower().startswith(_CATALOG_NAMES)
        case "BASE_TABLE":
            name = str(node["table_name"]).lower()
            schema = str(node.get("schema_name", "")).lower()
            return schema in _CATALOG_SCHEMAS or name.startswith(_CATALOG_NAMES)
        case _:
            return False


def _require_harmless(function: str) -> None:
    if function in _REFUSED_FUNCTIONS:
        raise RefusedError(f"function {function!r} is not allowed here; it reads no rows")
