"""Tables and downloads: an answer's columns under dictionary words, with terms on hover."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Literal

import streamlit as st

from lodge_dashboards.words import NOTHING

_pandas: Any = import_module("pandas")  # it ships no types
Kind = Literal["text", "count", "share", "seconds"]


@dataclass(frozen=True)
class Column:
    """How one column of an answer is shown: its word, and its term for those who hover."""

    name: str
    label: str
    kind: Kind
    term: str | None = None


def show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], *, says: str) -> None:
    """Draw the rows; `says` describes the table to those who cannot see it."""
    frame = _pandas.DataFrame({c.name: [row[c.name] for row in rows] for c in columns})
    for column in columns:
        if column.kind == "seconds":  # drawn as a clock: 01:30:00
            rounded = frame[column.name].astype("float64").round()
            frame[column.name] = _pandas.to_timedelta(rounded, unit="s")
        elif column.kind == "share":
            frame[column.name] = frame[column.name].astype("float64")
    st.dataframe(  # pyright: ignore[reportUnknownMemberType] - for the same reason
        frame,
        hide_index=True,
        placeholder=NOTHING,
        alt=says,
        column_config={column.name: _configured(column) for column in columns},
    )


def show_no_files() -> None:
    """Take away the tables' own tools, which hand out the rows as a file, from here on."""
    st.html(
        "<style>[data-testid='stDataFrame'] [data-testid='stElementToolbar'] { display: none }"
        "</style>"
    )


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The rows under their SQL names; instants in UTC, empty for what is not there."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return written.getvalue()


def _configured(column: Column) -> Any:
    if column.kind == "text":
        return st.column_config.TextColumn(column.label, help=column.term)
    formats = {"count": "localized", "share": "percent", "seconds": "compact"}
    return st.column_config.NumberColumn(
        column.label,
        help=column.term,
        format=formats[column.kind],
        width=None,
    )


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    # a spreadsheet would take such a cell for a formula
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
