"""SQL and the dictionary over the API: one's own rows, files with the right, limits, records."""

import csv
import io
import shutil
import time
from collections.abc import Generator
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.house import House, code_of, error_fields, house_of
from fixtures.two_departments import CARE, SALES, key_of
from fixtures.workplace import NINE, Workplace
from lodge_dictionary import resources
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import Action, seed_roles
from lodge_platform.lodge import open_lodge
from lodge_platform.schema.active import AccessRecord
from lodge_platform.schema.master import Role, RoleAction
from lodge_platform.settings import Settings, load
from lodge_platform.web.assembly import create_application

ENDLESS = "select count(*) from range(1000000000000) as a, range(1000000000000) as b"


@pytest.fixture(scope="module")
def house(two_departments: Settings, tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    home = tmp_path_factory.mktemp("asked") / "home"
    shutil.copytree(two_departments.home, home, symlinks=True)
    lodge = open_lodge(load(home, {}))
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
        exporter = Role(name="exporter")
        session.add(exporter)
        session.flush()
        for action in (Action.SQL_QUERY, Action.EXPORT, Action.CONTENT_READ):
            session.add(RoleAction(role_id=exporter.role_id, action=action.value))
    place = Workplace(lodge, department_id=CARE)
    yield House(place, create_application(lodge, [], [resources.api]))
    lodge.close()


@pytest.fixture(scope="module")
def ana(house: House) -> TestClient:
    """An analyst of Customer care."""
    return house.asker("ana", "analyst")


@pytest.fixture(scope="module")
def eva(house: House) -> TestClient:
    """Somebody who may export from Customer care."""
    return house.asker("eva", "exporter")


def records(house: House) -> list[dict[str, Any]]:
    with house.lodge.stores.active.read() as connection:
        rows = connection.execute(select(AccessRecord.__table__).order_by("access_record_id"))
        return [dict(row) for row in rows.mappings()]


def test_s09_a_query_answers_with_the_callers_rows_and_is_written_down(
    house: House, ana: TestClient
) -> None:
    query = "select activity_id, department, created_at from activities"
    answer = ana.post("/sql", json={"query": query})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["rows"] == [
        {
            "activity_id": key_of(CARE),
            "department": "care open departments.name",
            "created_at": "2026-01-05T09:00:00Z",
        }
    ]
    assert said["columns"][0] == {"name": "activity_id", "type": "bigint"}
    assert (said["row_count"], said["is_complete"]) == (1, True)
    assert said["landed_at"] == "2026-01-05T12:00:00Z"
    last = records(house)[-1]
    assert (last["kind"], last["object_type"], last["detail"]) == ("query", "sql", query)
    assert (last["user_id"], last["row_count"]) == (house.people["ana"], 1)
    assert last["api_key_id"] is not None


def test_s35_what_one_may_not_see_is_answered_like_what_is_not_there(ana: TestClient) -> None:
    for query in ("select subject from activities", "from active.routing_decisions", "from nil"):
        answer = ana.post("/sql", json={"query": query})
        assert (answer.status_code, error_fields(answer)) == (422, ["query"])
        assert "sales" not in answer.text
    others = ana.post("/sql", json={"query": f"from activities where department_id = {SALES}"})
    assert others.json()["rows"] == []


def test_a_refused_query_is_written_down_too(house: House, ana: TestClient) -> None:
    query = "select * from read_text('/etc/passwd')"
    answer = ana.post("/sql", json={"query": query})
    assert answer.status_code == 422
    assert "read_text" in answer.json()["detail"]
    assert records(house)[-1]["detail"] == query


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": 5}, "query"),
        ({"query": "selec 1"}, "query"),
        ({"query": "drop table activities"}, "query"),
        ({"query": "select 1; select 2"}, "query"),
        ({"query": "select 1", "seconds": 0}, "seconds"),
        ({"query": "select 1", "as_of": "yesterday"}, "as_of"),
        ({"query": "select 1", "as_of": "2020-01-01T00:00:00Z"}, "as_of"),
        ({"query": "select 1", "name": "a b"}, "name"),
        ({"query": "select 1", "format": "csv"}, "format"),
    ],
)
def test_bad_input_is_refused_by_its_field(
    ana: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = ana.post("/sql", json=body)
    assert (answer.status_code, error_fields(answer)) == (422, [field]), answer.text


def test_an_answer_that_is_cut_says_so(ana: TestClient) -> None:
    answer = ana.post("/sql", json={"query": "select * from range(20000)"}).json()
    assert (answer["row_count"], answer["is_complete"]) == (resources.MOST_ROWS, False)


def test_values_of_every_kind_have_a_form(ana: TestClient) -> None:
    query = (
        "select 1::hugeint << 100 as a, 'x'::blob as b, interval 1 hour as c, [1, 2] as d, "
        "{'n': 1} as e, 0.5::decimal(9,2) as f, 'nan'::double as g, date '2026-01-05' as h, "
        "map {'k': 1} as i, null as j, 1 as a"
    )
    (row,) = ana.post("/sql", json={"query": query}).json()["rows"]
    assert row == {
        "a": str(1 << 100),
        "b": "eA==",
        "c": 3600.0,
        "d": [1, 2],
        "e": {"n": 1},
        "f": 0.5,
        "g": None,
        "h": "2026-01-05",
        "i": {"k": 1},
        "j": None,
        "a_11": 1,
    }


def test_files_need_the_right_to_export_and_are_recorded_as_exports(
    house: House, ana: TestClient, eva: TestClient
) -> None:
    body = {"query": "select activity_id, '=' || subject as said from activities", "format": "csv"}
    refused = ana.post("/sql/export", json=body)
    assert (refused.status_code, code_of(refused)) == (403, "forbidden")
    answer = eva.post("/sql/export", json=body)
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    said = "'=care content activities.subject"
    assert rows == [{"activity_id": str(key_of(CARE)), "said": said}]
    assert records(house)[-1]["kind"] == "export"
    table = pq.read_table(
        io.BytesIO(eva.post("/sql/export", json=body | {"format": "parquet"}).content)
    )
    assert table.column("activity_id").to_pylist() == [key_of(CARE)]


def test_s15_a_query_too_long_is_ended(ana: TestClient) -> None:
    answer = ana.post("/sql", json={"query": ENDLESS, "seconds": 0.5})
    assert (answer.status_code, error_fields(answer)) == (422, ["query"])
    assert "longer than 0.5 seconds" in answer.json()["detail"]


def test_a_running_query_is_stopped_by_its_name_and_by_nobody_else(
    ana: TestClient, eva: TestClient
) -> None:
    found: list[Any] = []
    body = {"query": ENDLESS, "seconds": 120, "name": "long"}
    asking = Thread(target=lambda: found.append(ana.post("/sql", json=body)))
    asking.start()
    stopped = ana.delete("/sql/running/long")
    while stopped.status_code == 404 and asking.is_alive():
        assert eva.delete("/sql/running/long").status_code == 404
        time.sleep(0.1)
        stopped = ana.delete("/sql/running/long")
    asking.join()
    assert stopped.status_code == 204
    assert "was stopped" in found[0].json()["detail"]


def test_before_the_first_publication_there_is_a_plain_answer(workplace: Workplace) -> None:
    early = house_of(workplace, [resources.api]).asker("ana", "analyst")
    answer = early.post("/sql", json={"query": "select 1"})
    assert (answer.status_code, code_of(answer)) == (409, "conflict")


def test_the_dictionary_says_what_every_table_and_column_means(ana: TestClient) -> None:
    items = {table["name"]: table for table in ana.get("/dictionary").json()["items"]}
    assert {"activities", "custom_attribute_values", "active.emails", "master.users"} <= set(items)
    one = ana.get("/dictionary/queue_intervals").json()
    assert one == items["queue_intervals"]
    level = next(column for column in one["columns"] if column["name"] == "service_level")
    assert level["unit"] == "share from 0 to 1"
    assert ana.get("/dictionary/active.emails").json()["grain"].startswith("One row per e-mail")
    assert code_of(ana.get("/dictionary/nothing")) == "not-found"


def test_strangers_and_those_without_the_right_get_nothing(house: House) -> None:
    otto = house.asker("otto", "agent")
    assert code_of(otto.post("/sql", json={"query": "select 1"})) == "forbidden"
    assert house.program().post("/sql", json={"query": "select 1"}).status_code == 401
    assert house.program().get("/dictionary").status_code == 401
