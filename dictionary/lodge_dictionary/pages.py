"""The dictionary as one page to search in and as JSON, made from the same entries."""

import dataclasses
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import orjson

from lodge_dictionary.entries import ColumnEntry, TableEntry, tables
from lodge_dictionary.queries import ExampleQuery, example_queries


def write_pages(folder: Path, links: Sequence[TableEntry] = ()) -> list[Path]:
    """Write `dictionary.json` and `index.html` into `folder`; gives their paths.

    `links` are tables of landed links.
    """
    known = (*tables(), *links)
    folder.mkdir(parents=True, exist_ok=True)
    queries = example_queries()
    as_json, as_page = folder / "dictionary.json", folder / "index.html"
    as_json.write_bytes(orjson.dumps(as_data(known, queries), option=orjson.OPT_INDENT_2))
    as_page.write_text(_page(known, queries), "utf-8")
    return [as_json, as_page]


def as_data(known: Sequence[TableEntry], queries: list[ExampleQuery]) -> dict[str, Any]:
    """The whole dictionary as plain values."""
    return {
        "tables": [{"full_name": table.full_name, **dataclasses.asdict(table)} for table in known],
        "queries": [dataclasses.asdict(query) for query in queries],
    }


def _page(known: Sequence[TableEntry], queries: list[ExampleQuery]) -> str:
    template = Template(files("lodge_dictionary").joinpath("page.html").read_text("utf-8"))
    return template.substitute(
        tables="\n".join(_table(table) for table in known),
        queries="\n".join(_query(query) for query in queries),
    )


def _table(table: TableEntry) -> str:
    rows = "\n".join(_row(table, column) for column in table.columns)
    name = escape(table.full_name)
    return (
        f'<section id="{name}"><h2>{name}</h2><p>{escape(table.grain)}</p>'
        "<table><thead><tr><th>column</th><th>meaning</th><th>unit</th><th>example</th>"
        f"<th>sensitivity</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _row(table: TableEntry, column: ColumnEntry) -> str:
    unit = ", ".join(filter(None, (column.unit, column.zone)))
    cells = (column.meaning, unit, column.example or "", column.sensitivity)
    name = f'<th scope="row" id="{escape(f"{table.full_name}.{column.name}")}">'
    said = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f"<tr>{name}<code>{escape(column.name)}</code></th>{said}</tr>"


def _query(query: ExampleQuery) -> str:
    return f"<section><h3>{escape(query.question)}</h3><pre>{escape(query.sql)}</pre></section>"
