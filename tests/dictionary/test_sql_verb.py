"""`lodge sql`: its formats, its limits, and an engine that refuses what its parser let through."""

import csv
import io
import json
from contextlib import closing

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from lodge_dictionary.door import open_door
from lodge_dictionary.verbs.sql import sql
from lodge_platform.cli.endings import exit_code_of
from lodge_platform.cli.invocation import Invocation
from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.settings import Settings
from lodge_platform.stores.reports import open_reports

_QUERY = (
    "select queue, interval_start_at, answered, service_level from queue_intervals "
    "where queue = 'Refunds' order by interval_start_at limit 2"
)


def test_every_format_gives_the_same_rows(morning: Settings) -> None:
    as_json = json.loads(_ask(morning, _QUERY, "--json").stdout)
    assert as_json == [
        {
            "queue": "Refunds",
            "interval_start_at": f"2026-01-05T09:{minute}:00Z",
            "answered": 1,
            "service_level": share,
        }
        for minute, share in (("00", 1.0), ("15", 0.0))
    ]
    as_csv = list(csv.DictReader(io.StringIO(_ask(morning, _QUERY, "--format", "csv").stdout)))
    assert [row["interval_start_at"] for row in as_csv] == [
        row["interval_start_at"] for row in as_json
    ]
    parquet = pq.read_table(io.BytesIO(_ask(morning, _QUERY, "--format", "parquet").stdout_bytes))
    assert parquet.column("answered").to_pylist() == [1, 1]
    table = _ask(morning, _QUERY).stdout.splitlines()
    assert table[1].split()[:3] == ["Refunds", "2026-01-05", "09:00:00Z"]


def test_s17_text_that_a_spreadsheet_would_run_is_neutralised_in_csv(morning: Settings) -> None:
    done = _ask(morning, "select subject, -1 as n from emails limit 1", "--format", "csv")
    assert done.stdout == "subject,n\n'=Refund,-1\n"


def test_landed_copies_go_by_the_name_of_their_store(morning: Settings) -> None:
    query = "select count(*) as n from active.activities, master.queues, staging.stg_active__cases"
    assert json.loads(_ask(morning, query, "--json").stdout) == [{"n": 8 * 2 * 8}]


def test_refused_input_wrong_usage_and_missing_store_end_differently(
    morning: Settings, sqlite_settings: Settings
) -> None:
    assert _code(_ask(morning, "drop table activities")) == 1
    assert _code(_ask(morning, "select * from no_such_table")) == 1
    assert _ask(morning, "select 1", "--as-of", "2026-01-05").exit_code == 2
    assert _code(_ask(sqlite_settings, "select 1")) == SetUpError.exit_code


def test_s15_query_without_end_is_stopped(morning: Settings) -> None:
    endless = "select count(*) from range(1000000000000) as a, range(1000000000000) as b"
    with open_door(morning) as door, pytest.raises(RefusedError, match="longer than"):
        door.ask(endless, seconds=0.5)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into lake.marts.activities select * from lake.marts.activities",
        "create table lake.marts.x as select 1",
        "copy (select 1) to '/tmp/stolen.csv'",
        "select * from read_text('/etc/passwd')",
        "attach '/tmp/other.db'",
        "install httpfs",
        "set memory_limit = '1TB'",
        "set enable_external_access = true",
    ],
)
def test_s15_engine_itself_refuses_to_write_and_to_leave_the_store(
    morning: Settings, statement: str
) -> None:
    with closing(open_reports(morning)) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement)


def _ask(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(sql, list(arguments), obj=Invocation(settings.home))


def _code(done: Result) -> int:
    assert done.exception
    return exit_code_of(done.exception, is_debugging=False)
