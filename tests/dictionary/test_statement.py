"""The SQL door: one query over the reports store, and nothing else whatever it looks like."""

import duckdb
import pytest

from lodge_dictionary.statement import require_query
from lodge_platform.errors import RefusedError

_ALLOWED = (
    "select 1",
    "with a as (select 1 as x) select * from a",
    "from activities",
    "values (1), (2)",
    "describe activities",
    "show tables",
    "show all tables",
    "summarize activities",
    "select * from range(3) as numbers(n)",
    "select unnest([1, 2])",
    "select * from active.activity_events as events, json_each(events.payload)",
    "select 'insert into x; drop table y' as words -- copy to",
    "select 1;",
    f"select {'+'.join(['1'] * 300)}",
)
_REFUSED = {
    "insert into activities values (1)": "only a query",
    "update activities set status = 'new'": "only a query",
    "delete from activities": "only a query",
    "create table x as select 1": "only a query",
    "create temp view x as select 1": "only a query",
    "drop table activities": "only a query",
    "copy activities to '/tmp/stolen.csv'": "only a query",
    "copy (select 1) to 'stolen.parquet'": "only a query",
    "export database 'stolen'": "only a query",
    "attach '/tmp/other.db'": "only a query",
    "detach lake": "only a query",
    "install httpfs": "only a query",
    "load httpfs": "only a query",
    "set memory_limit = '1TB'": "only a query",
    "reset memory_limit": "only a query",
    "use memory": "only a query",
    "pragma database_list": "only a query",
    "call pragma_version()": "only a query",
    "checkpoint": "only a query",
    "begin": "only a query",
    "prepare x as select 1": "only a query",
    "explain analyze copy (select 1) to 'x'": "only a query",
    "select 1; select 2": "one query at a time",
    "select 1; drop table activities": "only a query",
    "": "one query at a time",
    f"select {'+'.join(['1'] * 900)}": "nested too deep",
    f"select {'+'.join(['1'] * 5000)}": "this is not SQL",
    f"select {'(' * 50000}1{')' * 50000}": "this is not SQL",
    "select '\udcff'": "not text",
    "selec 1": "this is not SQL",
    "select * from read_csv('/etc/passwd')": "read_csv",
    "select * from READ_TEXT('/etc/passwd')": "read_text",
    "select * from parquet_scan('x')": "parquet_scan",
    "select * from glob('/etc/*')": "glob",
    "select * from sqlite_scan('active.db', 'users')": "sqlite_scan",
    "select * from postgres_query('x', 'select pg_read_file(1)')": "postgres_query",
    "select * from query('select 1')": "query",
    "select * from query_table('activities')": "query_table",
    "select (select max(content) from read_text('/etc/passwd'))": "read_text",
    "select 1 where exists (from read_blob('/etc/passwd'))": "read_blob",
    "with x as (from read_json('y')) from x": "read_json",
    "select * from ducklake_expire_snapshots('lake')": "ducklake_expire_snapshots",
    "from '/etc/passwd'": "is a file",
    "select * from 'reports/data/x.parquet'": "is a file",
    "select * from __ducklake_metadata_lake.ducklake_metadata": "is not part of",
    "select * from memory.main.x": "is not part of",
    "select * from activities at (version => 1)": "--as-of",
}


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize("query", _ALLOWED)
def test_queries_are_allowed(engine: duckdb.DuckDBPyConnection, query: str) -> None:
    assert require_query(engine, query)["node"]


@pytest.mark.parametrize(("query", "said"), _REFUSED.items())
def test_s15_everything_else_is_refused_with_its_reason(
    engine: duckdb.DuckDBPyConnection, query: str, said: str
) -> None:
    with pytest.raises(RefusedError, match=said):
        require_query(engine, query)
