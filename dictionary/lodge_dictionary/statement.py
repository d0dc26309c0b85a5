"""What may be asked, judged by the engine's own parser and not by the look of the text."""

from collections.abc import Iterator
from typing import Any, cast

import duckdb
import orjson

from lodge_platform.errors import RefusedError
from lodge_platform.stores.reports import LAKE

# Functions that make rows from their arguments or from the catalog's names; nothing of these
# reads a file, another database, or text as SQL.
TABLE_FUNCTIONS = frozenset(
    {
        "duckdb_columns",
        "duckdb_functions",
        "duckdb_keywords",
        "duckdb_schemas",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_views",
        "generate_series",
        "json_each",
        "json_tree",
        "pragma_table_info",
        "range",
        "repeat",
        "repeat_row",
        "unnest",
    }
)


def require_query(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """The parsed query. Raises RefusedError unless it is one select over the reports store."""
    tree = _parsed(connection, query)
    if len(tree) != 1:
        raise RefusedError(f"one query at a time is allowed; these are {len(tree)} statements")
    for node in nodes_of(tree[0]):
        match node.get("type"):
            case "TABLE_FUNCTION":
                _require_known_function(node)
            case "BASE_TABLE":
                _require_own_table(node)
            case _:
                pass
    return tree[0]


def _parsed(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    try:
        query.encode()
    except UnicodeEncodeError as error:
        raise RefusedError("this is not text: it holds half of a surrogate pair") from error
    row = connection.execute("select json_serialize_sql(cast(? as varchar))", [query]).fetchone()
    try:
        tree: dict[str, Any] = orjson.loads(row[0]) if row else {}
    except orjson.JSONDecodeError as error:
        raise RefusedError("this query is nested too deep") from error
    if not tree.get("error"):
        return tree["statements"]
    if tree.get("error_type") == "parser":
        raise RefusedError(f"this is not SQL: {tree.get('error_message')}")
    raise RefusedError(
        "only a query is allowed: select, with, from, values, describe, show or summarize; "
        "this door changes nothing"
    )


def _require_known_function(node: dict[str, Any]) -> None:
    name = str(node["function"]["function_name"]).lower()
    if name not in TABLE_FUNCTIONS:
        raise RefusedError(
            f"table function {name!r} is not allowed here; allowed: "
            f"{', '.join(sorted(TABLE_FUNCTIONS))}"
        )


def _require_own_table(node: dict[str, Any]) -> None:
    catalog, schema = str(node.get("catalog_name", "")), str(node.get("schema_name", ""))
    if any(mark in str(node["table_name"]) for mark in "/.\\*"):
        raise RefusedError(f"{node['table_name']!r} is a file, not a table; see `show all tables`")
    if catalog.lower() not in ("", LAKE, "system") or schema.lower().startswith("__ducklake"):
        raise RefusedError(
            f"{'.'.join(filter(None, (catalog, schema, node['table_name'])))} is not part of the "
            "reports store; see `show all tables`"
        )
    if node.get("at_clause"):
        raise RefusedError(
            f"{node['table_name']} at another version is not allowed; use --as-of, which shows "
            "every table as it was published then"
        )


def nodes_of(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a parsed query, parents before children, however deep."""
    left: list[Any] = [tree]
    while left:
        found = left.pop()
        if isinstance(found, dict):
            node = cast(dict[str, Any], found)
            yield node
            left.extend(reversed(node.values()))
        elif isinstance(found, list):
            left.extend(reversed(cast(list[Any], found)))
