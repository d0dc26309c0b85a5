"""Pages by cursor: nothing twice and nothing missing, in every order, while others write."""

import base64
import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.house import House, code_of, error_fields
from fixtures.workplace import NINE, at

ORDERS = ["case_id", "-case_id", "opened_at", "-opened_at", "closed_at", "-closed_at"]
COUNT = 23


@pytest.fixture
def sue(house: House) -> TestClient:
    """A supervisor; cases of which several share an instant and several have none."""
    for n in range(COUNT):
        key = house.case(str(n), now=at(60 * (n % 4)))
        if n % 3:
            house.change(key, closed_at=NINE + timedelta(microseconds=n % 5, hours=1))
    return house.asker("sue", "supervisor")


def walk(sue: TestClient, query: str) -> list[list[dict[str, Any]]]:
    """Every page that follows from the first one's links."""
    pages = []
    address = f"/cases?{query}"
    while address:
        answer = sue.get(address)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        pages.append(said["items"])
        link = answer.links.get("next", {}).get("url")
        assert (said["after"] is None) == (link is None)
        address = "" if link is None else f"http://lodge.test{link}"
    return pages


def moment(item: dict[str, Any], name: str) -> Any:
    """The value by which the item is sorted, such that empty ones come first."""
    value = item[name]
    if name == "case_id":
        return value
    return value is not None, value and datetime.fromisoformat(value), item["case_id"]


def test_pages_hold_everything_once_in_their_order(sue: TestClient) -> None:
    keys: list[int] = []
    for order in ORDERS:
        [whole] = walk(sue, f"sort={order}&limit=200")
        keys = [item["case_id"] for item in whole]
        assert sorted(keys) == list(range(1, COUNT + 1))
        name = order.removeprefix("-")
        assert whole == sorted(whole, key=lambda item: moment(item, name), reverse=order[0] == "-")
        for limit in (4, COUNT, COUNT + 1):
            pages = walk(sue, f"sort={order}&limit={limit}")
            assert [item["case_id"] for page in pages for item in page] == keys, (order, limit)
            assert {len(page) for page in pages[:-1]} <= {limit}
    ones = [page[0]["case_id"] for page in walk(sue, "sort=-closed_at&limit=1")]
    assert ones == keys


def test_nothing_is_twice_or_missing_while_others_write(house: House, sue: TestClient) -> None:
    first = {item["case_id"] for page in walk(sue, "limit=200") for item in page}
    stop = threading.Event()

    def write() -> None:
        for number in range(300):
            if stop.is_set():
                break
            house.case("late", now=at(-600 if number % 2 else 600))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for order in ORDERS:
            seen: list[int] = []
            address = f"/cases?sort={order}&limit=3&fields=case_id"
            while address and not first <= set(seen):
                answer = sue.get(address)
                seen += [item["case_id"] for item in answer.json()["items"]]
                link = answer.links.get("next", {}).get("url")
                address = link and f"http://lodge.test{link}"
            assert len(seen) == len(set(seen)), order
            assert first <= set(seen), order
    finally:
        stop.set()
        writer.join()


def forged(values: object, cursor: str) -> str:
    """A cursor with other values, and the list's own mark."""
    mark, _ = json.loads(base64.urlsafe_b64decode(cursor + "==="))
    return base64.urlsafe_b64encode(json.dumps([mark, values]).encode()).decode().rstrip("=")


def test_a_cursor_of_another_list_or_order_is_refused(house: House, sue: TestClient) -> None:
    cursor = sue.get("/cases?limit=1").json()["after"]
    for address in (
        f"/cases?sort=opened_at&after={cursor}",
        f"/cases?sort=-case_id&after={cursor}",
        f"/cases/1/activities?after={cursor}",
        f"/emails?after={cursor}",
    ):
        answer = sue.get(address)
        assert (answer.status_code, error_fields(answer)) == (400, ["after"]), address
    assert sue.get(f"/cases?after={cursor}").status_code == 200


def test_a_forged_cursor_is_refused_or_compares_with_nothing(sue: TestClient) -> None:
    values = [
        [],
        [1],
        [1, 2, 3],
        {},
        None,
        "x",
        ["x", 1],
        [1, "x"],
        [1, None],
        [1, True],
        [None, 1],
        [1.5, 1],
        [1, 2**63],
        [2**63, 1],
        [-(2**70), 1],
        [[1], 1],
        [{"a": 1}, 1],
        ["\0", 1],
        ["\ud800", 1],
        ["9999-99-99", 1],
        ["0001-01-01T00:00:00+23:59", 1],
        ["2026-01-05T09:00:00", 1],
        ["' or 1=1 --", 1],
    ]
    for order in ORDERS:
        cursor = sue.get(f"/cases?sort={order}&limit=1").json()["after"]
        for value in values:
            answer = sue.get("/cases", params={"sort": order, "after": forged(value, cursor)})
            assert answer.status_code in (200, 400), (order, value, answer.text)
            if answer.status_code == 400:
                assert code_of(answer) == "invalid-query"
                assert error_fields(answer) == ["after"]
        good = sue.get("/cases", params={"sort": order, "after": cursor})
        assert good.status_code == 200


def test_a_cursor_lets_nobody_see_more(house: House, sue: TestClient) -> None:
    elsewhere = house.asker("eve", "supervisor", department_id=house.department("Sales"))
    cursor = sue.get("/cases?limit=1").json()["after"]
    said = elsewhere.get("/cases", params={"after": cursor, "count": "true"}).json()
    assert said == {"items": [], "after": None, "total": 0}
