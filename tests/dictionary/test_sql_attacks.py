"""S-09, S-15, S-35: queries made to read, count or infer what another department has.

Each may be refused or answered; what it says, errors included, holds nothing of Sales, no file,
and nothing of the machine.
"""

from collections.abc import Generator

import pytest

from dictionary.looked_at import OTHERS
from fixtures.two_departments import CARE, NOON, let_in
from lodge_dictionary.door import Door, open_door
from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import WITHOUT_ROLE, Action
from lodge_platform.settings import Settings

READER = let_in({CARE: set(Action) - WITHOUT_ROLE})
SECRETS = (*OTHERS, "root:", "argon2", "catalog.sqlite", "active.db", "master.db")
ATTACKS = (
    # plain reading
    "select * from activities",
    "select * from active.activities where department_id = 2",
    "select * from active.activities where department_id <> 1 or 1 = 1",
    "select * from lake.active.activities",
    'select * from "lake"."active"."activities"',
    "select * from LAKE.ACTIVE.ACTIVITIES",
    "select * from activities -- where department_id = 1\n or true",
    "select * from activities /* department_id = 1 */",
    'select * from "activit\u0131es"',
    'select * from "\uff41ctivities"',
    "select * from activities union all select * from marts.activities",
    "select * from activities except select * from activities where false",
    "select * from activities positional join active.emails",
    "select * from activities asof join queue_intervals using (queue_id, created_at)",
    "select * from activities full join active.cases using (case_id)",
    "select * from active.emails, active.activities, master.queues",
    "select * from activities as a, lateral (select * from active.emails) as b",
    "select (select list(t) from active.notes as t)",
    "select * from activities where exists (select 1 from active.cases as c where true)",
    "select activities from activities",
    "select a.* from active.activity_events as a",
    "select columns(*) from active.contact_points",
    "select unnest(list(t)) from master.users as t",
    "select struct_pack(*columns(*)) from master.departments",
    "with activities as (select * from marts.activities) select * from activities",
    "with x as (select 1), activities as (select * from active.activities) from activities",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 9) from r, cases",
    # counting and inferring
    "select count(*), max(activity_id), min(customer_id) from active.activities",
    "select approx_count_distinct(customer_id), histogram(department_id) from activities",
    "select stats(activity_id) from activities",
    "select stats(subject) from active.activities",
    "summarize active.activities",
    "summarize select * from active.customers",
    "select rowid from active.activities",
    "select * from active.activities using sample 100 percent",
    "select * from active.activities tablesample reservoir(100 rows)",
    "select * from duckdb_tables()",
    "select estimated_size from duckdb_tables() where table_name = 'activities'",
    "select * from duckdb_columns()",
    "select * from duckdb_views()",
    "select * from duckdb_schemas()",
    "select * from information_schema.tables",
    "select * from information_schema.columns",
    "select * from pg_catalog.pg_class",
    "select * from pg_catalog.pg_stats",
    "select * from sqlite_master",
    "select pg_catalog.pg_get_viewdef(1)",
    "select * from pragma_table_info('active.activities')",
    "select * from pragma_storage_info('active.activities')",
    "show all tables",
    "describe active.activities",
    # an exception as an oracle
    "select cast(subject as integer) from active.activities",
    "select error(subject) from active.activities",
    "select count(*) from active.activities where error(subject) is null",
    "select 1 / (case when department_id = 2 then 0 else 1 end) from active.activities",
    "select count(*) from active.activities where cast(subject as integer) > 0",
    "select * from active.activities order by cast(subject as date)",
    "select json_extract(payload, '$.said[') from active.activity_events",
    "select strptime(name, '%d') from active.customers",
    # hidden tables and the lake's own
    "select * from active.routing_decisions",
    "select * from active.access_records",
    "select * from master.configuration_versions",
    "select * from master.api_keys",
    "select * from staging.stg_active__activities",
    "select * from intermediate.int_queue_entries",
    "select * from landing_control.loads",
    "select * from lake.landing_control.watermarks",
    "select * from __ducklake_metadata_lake.ducklake_table",
    "select * from ducklake_snapshots('lake')",
    "select * from ducklake_table_info('lake')",
    "select * from lake.snapshots()",
    "select * from ducklake_list_files('lake', 'activities')",
    "select * from active.activities at (version => 1)",
    "select * from active.activities at (timestamp => now())",
    "select * from source_active.activities",
    # text as SQL, and the way out
    "select * from query('select * from active.activities')",
    "select * from query_table('active.activities')",
    "select * from query_table(['activities', 'cases'])",
    "select json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "select * from read_parquet('reports/data/**/*.parquet')",
    "select * from parquet_scan('*')",
    "select * from parquet_metadata('*')",
    "select * from read_text('/etc/passwd')",
    "from '/etc/passwd'",
    "from 'reports/catalog.sqlite'",
    "select * from sqlite_scan('active.db', 'activities')",
    "select * from sqlite_query('lake', 'select 1')",
    "select * from postgres_query('lake', 'select 1')",
    "select * from duckdb_secrets()",
    "select * from duckdb_settings()",
    "select * from glob('/etc/*')",
    "select current_setting('temp_directory')",
    "select getvariable('x')",
    "select write_log(subject) from active.activities",
    "copy activities to '/tmp/stolen.csv'",
    "copy (select * from activities) to 'stolen.parquet'",
    "export database 'stolen'",
    "attach 'active.db' as stolen",
    "attach ':memory:' as lake2",
    "detach lake",
    "use memory",
    "set search_path = 'lake.active'",
    "set variable x = (select 1)",
    "pragma database_list",
    "call pragma_version()",
    "install sqlite_scanner",
    "load sqlite_scanner",
    "prepare p as select * from activities",
    "execute p",
    "explain analyze select * from active.activities",
    "create view v as select * from active.activities",
    "create macro m() as table select * from active.activities",
    "create temp table t as select * from active.activities",
    "insert into activities select * from activities",
    "update active.activities set department_id = 1",
    "select 1; select * from active.activities",
    "begin; select * from active.activities",
)


@pytest.fixture(scope="module")
def door(two_departments: Settings) -> Generator[Door]:
    with open_door(two_departments, reader=READER, now=NOON) as opened:
        yield opened


@pytest.mark.parametrize("query", ATTACKS)
def test_s09_s35_nothing_of_another_department_is_read_counted_or_inferred(
    door: Door, query: str
) -> None:
    try:
        result = door.ask(query, seconds=60)
        said = repr((result.names, result.fetchall()))
    except RefusedError as error:
        said = str(error)
    assert not [secret for secret in SECRETS if secret in said and secret not in query]


def test_s35_counts_are_those_of_the_readers_rows(door: Door) -> None:
    tables = ("activities", "cases", "emails", "active.activity_events", "master.users")
    for table in tables:
        assert door.ask(f"select count(*) from {table}").fetchall() == [(1,)]  # noqa: S608
    sizes = "select max(estimated_size) from duckdb_tables()"
    assert door.ask(f"{sizes}, active.activities").fetchall() == [(1,)]


def test_s15_an_endless_query_is_stopped_also_while_its_rows_are_fetched(door: Door) -> None:
    endless = "select count(*) from range(1000000000000) as a, range(1000000000000) as b"
    with pytest.raises(RefusedError, match="longer than"):
        door.ask(endless, seconds=0.5)
    trickling = "select a.range from range(1000000000000) as a where a.range % 1000000007 = 5"
    with pytest.raises(RefusedError, match="longer than"):
        door.ask(trickling, seconds=1).fetchall()
