"""A store that is locked or away: 503, when to come again, nothing half done; then all is well."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait

import httpx
import psycopg
from sqlalchemy import func, select

from api.house import House, code_of
from lodge_platform.schema.active import Case

BODY = {"subject": "Refund", "customer_id": 1}


def test_a_sqlite_store_that_is_locked_is_read_and_not_written(
    sqlite_house: House,
) -> None:
    house = sqlite_house
    sue = house.asker("sue", "supervisor")
    house.case()
    assert sue.get("/cases").status_code == 200
    path = house.lodge.stores.active.engine.url.database
    with house.lodge.stores.active.engine.connect() as connection:
        connection.exec_driver_sql("pragma busy_timeout = 200")
    other = sqlite3.connect(str(path), isolation_level=None)
    other.execute("begin immediate")
    try:
        answer = sue.post("/cases", json=BODY, headers={"idempotency-key": "once"})
        assert (answer.status_code, code_of(answer)) == (503, "try-again")
        assert int(answer.headers["retry-after"]) > 0
        assert "locked" not in answer.text
        assert "sqlite" not in answer.text.lower()
        assert sue.get("/cases?count=true").json()["total"] == 1
    finally:
        other.execute("rollback")
        other.close()
    again = sue.post("/cases", json=BODY, headers={"idempotency-key": "once"})
    assert again.status_code == 201
    assert sue.get("/cases?count=true").json()["total"] == 2


def test_a_postgresql_store_that_goes_away_comes_back(postgresql_house: House) -> None:
    house = postgresql_house
    house.person("sue", "supervisor")
    house.case()
    urls = [
        store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for store in (house.lodge.stores.active, house.lodge.stores.master)
    ]
    with house.served(house.key("sue")) as client:
        assert client.get("/cases").status_code == 200
        for url in urls:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )
        answers = [client.get("/cases"), client.post("/cases", json=BODY)]
        for answer in answers:
            assert answer.status_code in (200, 201, 503), answer.text
            if answer.status_code == 503:
                assert code_of(answer) == "try-again"
                assert int(answer.headers["retry-after"]) > 0
        assert client.get("/cases").status_code == 200
        assert client.post("/cases", json=BODY).status_code == 201


def test_who_waits_for_a_row_keeps_nobody_else_waiting(postgresql_house: House) -> None:
    house = postgresql_house
    house.person("sue", "supervisor")
    house.person("alan", "supervisor")
    key = house.case()
    other = house.case()
    alan = {"authorization": f"Bearer {house.key('alan')}"}
    url = house.lodge.stores.active.engine.url.set(drivername="postgresql")
    with (
        house.served(house.key("sue"), limits=httpx.Limits(max_connections=30)) as client,
        psycopg.connect(url.render_as_string(hide_password=False)) as lock,
        ThreadPoolExecutor(12) as threads,
    ):
        assert client.get("/cases").status_code == 200
        lock.execute("select 1 from cases where case_id = %s for update", [key])
        body, any_version = {"subject": "New"}, {"if-match": "*"}
        edits = [
            threads.submit(
                client.patch, f"/cases/{key}", json=body | {"solution": str(n)}, headers=any_version
            )
            for n in range(12)
        ]
        assert client.get("/cases", headers=alan).status_code == 200
        assert client.patch(f"/cases/{other}", json=body, headers=any_version).status_code == 200
        assert not wait(edits, timeout=0).done, "they wait for the row"
        lock.rollback()
        assert {edit.result().status_code for edit in edits} == {200}
    assert house.place.differences() == []


def test_what_a_broken_handler_wrote_is_gone(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    house.case()
    assert sue.post("/cases/1/half").status_code == 500
    count = select(func.count()).select_from(Case.__table__)
    assert house.place.one(count)[0] == 1
    assert house.place.differences() == []
