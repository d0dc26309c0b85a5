"""`lodge sql --as`, the record of what was asked, and answers equal to the operator's own."""

import json
import shutil
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from fixtures.postgresql import NewDatabase
from fixtures.published import publish
from fixtures.two_departments import CARE, NOON, SALES, fill, key_of, let_in
from fixtures.workplace import NINE
from lodge_dictionary.door import open_door
from lodge_dictionary.queries import example_queries
from lodge_dictionary.verbs.sql import sql
from lodge_platform.cli.invocation import Invocation
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ForbiddenError, NotFoundError, RefusedError
from lodge_platform.identity import Action, create_user, seed_roles
from lodge_platform.identity.actions import WITHOUT_ROLE
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.active import AccessRecord
from lodge_platform.settings import Settings, load
from lodge_platform.stores import Stores, open_stores

EVERYTHING = set(Action) - WITHOUT_ROLE
SAME = (
    "select count(*), min(activity_id), max(activity_id) from activities",
    "select count(*) from lake.activities",
    "select subject from LAKE.marts.ACTIVITIES order by 1",
    "select a from activities as a order by a.activity_id",
    "select * from cases natural join (select case_id from activities) order by case_id",
    "select #1, #3 from activities order by 1",
    "with activities as (select 1 as x) select x, c.* from activities, lake.marts.cases as c "
    "order by case_id",
    "select e.subject, r.address from active.emails as e join active.email_recipients as r "
    "using (email_id) order by e.email_id",
    "select columns('.*_id') from active.activity_events order by event_id",
    "select queue, sum(queued) over (partition by queue_id) from queue_intervals order by all",
    "from active.customers select name where name like '%ersonal%' order by name",
    "select (select max(display_name) from master.users) as who from master.departments",
    "select * from custom_attribute_values order by all",
)


@pytest.fixture(scope="module")
def staffed(
    two_departments: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Lodge]:
    """The house, with ana, an analyst of Customer care, and otto, an agent there."""
    home = tmp_path_factory.mktemp("staffed") / "home"
    shutil.copytree(two_departments.home, home, symlinks=True)
    lodge = open_lodge(load(home, {}))
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    for name, role in (("ana", "analyst"), ("otto", "agent")):
        create_user(
            lodge,
            name,
            display_name=name,
            department_id=CARE,
            password=None,
            roles=[role],
            by="test",
            now=NINE,
        )
    yield lodge
    lodge.close()


def test_as_somebody_shows_what_they_may_query_and_keeps_a_record(staffed: Lodge) -> None:
    query = "select department, count(*) as n from activities group by department"
    done = run(staffed, query, "--as", "Ana", "--json")
    assert json.loads(done.stdout) == [{"department": "care open departments.name", "n": 1}]
    record = records(staffed.stores)[-1]
    assert (record.kind, record.object_type, record.detail) == ("query", "sql", query)
    assert (record.row_count, record.api_key_id) == (1, None)


def test_as_nobody_or_somebody_without_the_right_is_refused(staffed: Lodge) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'ana'"):
        raise_of(run(staffed, "select 1", "--as", "anna"))
    with pytest.raises(ForbiddenError, match=r"sql\.query"):
        raise_of(run(staffed, "select 1", "--as", "otto"))
    with pytest.raises(ForbiddenError, match="export"):
        raise_of(run(staffed, "select 1", "--as", "ana", "--format", "csv"))


def test_whoever_may_see_all_gets_the_operators_answers(two_departments: Settings) -> None:
    everybody = let_in({CARE: EVERYTHING, SALES: EVERYTHING})
    queries = [*SAME, *(example.sql for example in example_queries())]
    with (
        open_door(two_departments) as operators,
        open_door(two_departments, reader=everybody, now=NOON) as readers,
    ):
        for query in queries:
            theirs, ours = readers.ask(query), operators.ask(query)
            assert theirs.names == ours.names, query
            assert sorted(map(repr, theirs.fetchall())) == sorted(map(repr, ours.fetchall())), query


def test_a_record_is_kept_before_the_answer_and_of_what_is_refused(
    settings: Settings, stores: Stores
) -> None:
    fill(stores)
    publish(settings, now=NOON)
    analyst = let_in({CARE: set()})
    with open_door(settings, reader=analyst, now=NOON, address="192.0.2.7") as door:
        door.ask("select count(*) from activities")
        first = records(stores)[-1]
        assert (first.detail, first.row_count) == ("select count(*) from activities", None)
        assert (first.address, first.read_at, first.user_id) == ("192.0.2.7", NOON, key_of(CARE))
        with pytest.raises(RefusedError):
            door.ask("attach 'x'")
        assert records(stores)[-1].detail == "attach 'x'"


def test_s35_rows_stay_apart_on_postgresql_with_its_catalog_there(
    postgresql_settings: Settings, new_postgres_database: NewDatabase
) -> None:
    settings = replace(postgresql_settings, reports_catalog_url=new_postgres_database())
    stores = open_stores(settings)
    fill(stores)
    stores.close()
    publish(settings, now=NOON)
    reader = let_in({CARE: EVERYTHING})
    with open_door(settings, reader=reader, now=NOON) as door:
        for name in ("activities", "active.emails", "active.activity_events", "master.users"):
            said = repr(door.ask(f"from {name}").fetchall())
            assert "care" in said
            assert "sales" not in said
        for query in ("select * from postgres_query('lake', 'select 1')", "from duckdb_secrets()"):
            with pytest.raises(RefusedError):
                door.ask(query)


def test_an_older_state_is_shown_by_the_rights_of_today(staffed: Lodge) -> None:
    reader = let_in({CARE: set()})
    earlier = NOON + timedelta(days=1)
    with open_door(staffed.settings, as_of=earlier, reader=reader, now=NOON) as door:
        assert door.ask("select count(*) from activities").fetchall() == [(1,)]


def records(stores: Stores) -> list[AccessRecord]:
    """Those of queries; the house's own rows stand beside them."""
    table = AccessRecord.__table__
    asked = select(table).where(table.c.object_type == "sql").order_by(table.c.access_record_id)
    with stores.active.read() as connection:
        return list(connection.execute(asked).all())  # pyright: ignore[reportReturnType]


def run(lodge: Lodge, *arguments: str) -> Result:
    return CliRunner().invoke(sql, list(arguments), obj=Invocation(lodge.settings.home))


def raise_of(done: Result) -> None:
    assert done.exception
    raise done.exception
