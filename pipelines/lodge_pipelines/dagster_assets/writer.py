"""The right to write the reports store, and the connection, held for a whole Dagster run."""

from collections.abc import Generator
from contextlib import closing, contextmanager

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from lodge_platform.errors import MistakeError
from lodge_platform.settings import load
from lodge_platform.stores.reports import open_reports_writer
from lodge_platform.stores.reports_lock import writing


class ReportsWriter(dg.ConfigurableResource["ReportsWriter"]):
    """Given to every step of a run, so that no other run writes between landing and publishing."""

    wait_seconds: float = 600
    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The writer's connection; there is one only while a run is on."""
        if self._connection is None:
            raise MistakeError("the reports store's writer is used outside a run")
        return self._connection

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["ReportsWriter"]:
        """Hold the lock and the connection from the first step to the last."""
        settings = load()
        holder = f"dagster run {context.run_id or ''}".strip()
        with (
            writing(settings, holder=holder, wait_seconds=self.wait_seconds),
            closing(open_reports_writer(settings)) as connection,
        ):
            self._connection = connection
            yield self
            self._connection = None
