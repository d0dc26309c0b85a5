"""Rows of the reports store at a published snapshot; each answer is kept for that snapshot."""

from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import duckdb
import streamlit as st

from lodge_dashboards.questions import Question
from lodge_platform.settings import Settings
from lodge_platform.stores.reports import open_reports


@dataclass(frozen=True)
class Rows:
    """An answer: names of columns, and rows in that order."""

    columns: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """Each row by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.values]


def ask(settings: Settings, snapshot_no: int, question: Question) -> Rows:
    """The answer at that snapshot; asked once however many people look."""
    return _answer(settings.reports_catalog_url, snapshot_no, question, _settings=settings)


@st.cache_data(max_entries=500, show_spinner="Counting …")
def _answer(
    catalog_url: str,
    snapshot_no: int,
    question: Question,
    *,
    _settings: Settings,  # underlined: Streamlit leaves it out of the key
) -> Rows:
    reader = _reader(catalog_url, snapshot_no, _settings=_settings)
    try:
        return reader.rows(question)
    except duckdb.Error:
        _reader.clear()
        raise


class _Reader:
    """A connection at one snapshot, one question at a time.

    Kept because attaching the catalog takes longer than most answers.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = Lock()

    def rows(self, question: Question) -> Rows:
        with self._lock:
            found = self._connection.execute(question.sql, question.bound())
            columns = tuple(str(column[0]) for column in found.description or ())
            return Rows(columns, tuple(found.fetchall()))

    def close(self) -> None:
        with self._lock, suppress(duckdb.Error):
            self._connection.close()


@st.cache_resource(
    max_entries=2, show_spinner="Opening the reports store …", on_release=_Reader.close
)
def _reader(catalog_url: str, snapshot_no: int, *, _settings: Settings) -> _Reader:
    del catalog_url  # with the number it is what the connection is kept under
    return _Reader(open_reports(_settings, snapshot=snapshot_no))
