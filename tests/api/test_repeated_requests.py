"""Idempotency-Key: the same POST however often is one thing, told each time in the same bytes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import func, select, update

from api.house import House, code_of, error_fields
from api.odd_api import SECRET
from lodge_platform.clock import utc_now
from lodge_platform.schema import ActiveBase
from lodge_platform.schema.active import Case
from lodge_platform.schema.master import SkillGroup

BODY = {"subject": "Refund", "customer_id": 1}
KEPT = ActiveBase.metadata.tables["idempotency_keys"]


def cases(house: House) -> int:
    """How many cases there are."""
    return house.place.one(select(func.count()).select_from(Case.__table__))[0]


def sent(client: Any, key: str, path: str = "/cases", body: Any = BODY) -> httpx.Response:
    """A POST under that key."""
    return client.post(path, json=body, headers={"idempotency-key": key})


def test_twenty_parallel_posts_make_one_thing(house: House) -> None:
    house.person("sue", "supervisor")
    house.case()
    with house.served(house.key("sue")) as client, ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: sent(client, "once"), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    for name in ("location", "etag"):
        assert len({answer.headers[name] for answer in answers}) == 1
    told = [answer for answer in answers if answer.headers.get("idempotency-replayed") == "true"]
    assert len(told) == 19
    assert cases(house) == 2
    assert house.place.differences() == []


def test_a_key_belongs_to_one_request_of_one_asker(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    alan = house.asker("alan", "supervisor")
    house.case()
    first = sent(sue, "mine")
    assert first.status_code == 201
    for path, body in (("/cases", BODY | {"subject": "Other"}), ("/cases/1/half", None)):
        other = (
            sent(sue, "mine", path, body)
            if body
            else sue.post(path, headers={"idempotency-key": "mine"})
        )
        assert (other.status_code, code_of(other)) == (422, "idempotency-key-reused")
        assert error_fields(other) == ["header Idempotency-Key"]
    theirs = sent(alan, "mine")
    assert theirs.status_code == 201
    assert theirs.json() != first.json()
    assert "idempotency-replayed" not in theirs.headers
    assert sent(sue, "mine").content == first.content
    assert cases(house) == 3


def test_what_failed_keeps_no_key_and_nothing_else(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    house.case()
    broken = sue.post("/cases/1/half", headers={"idempotency-key": "again"})
    assert (broken.status_code, code_of(broken)) == (500, "broken")
    assert cases(house) == 1
    assert house.place.rows(select(KEPT)) == []
    assert sent(sue, "again").status_code == 201
    wrong = sent(sue, "wrong", body={"subject": ""})
    assert wrong.status_code == 422
    assert sent(sue, "wrong").status_code == 201


def test_a_key_is_some_printable_characters(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    house.case()
    for key in ("", " ", "a b", "x" * 201, "é".encode(), b"a\tb", b"a\x7fb"):
        answer = sue.post("/cases", json=BODY, headers={"idempotency-key": key})
        assert (answer.status_code, error_fields(answer)) == (400, ["header Idempotency-Key"]), key
    for key in ("x" * 200, "!~'\"\\;--", "0"):
        assert sent(sue, key).status_code == 201
    two = [("idempotency-key", "a"), ("idempotency-key", "b")]
    assert sue.post("/cases", json=BODY, headers=two).status_code == 400
    assert cases(house) == 4


def test_a_key_is_forgotten_after_a_week(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    house.case()
    first = sent(sue, "old")
    with house.lodge.stores.active.write() as connection:
        week = utc_now() - timedelta(days=7, minutes=1)
        connection.execute(update(KEPT).values(created_at=week))
    sent(sue, "new")
    assert sent(sue, "old").json()["case_id"] > first.json()["case_id"]


def test_configuration_is_made_once_too(house: House) -> None:
    ida = house.asker("ida", "administrator")
    made = [sent(ida, "group", "/skill-groups", {"name": "Claims"}) for _ in range(3)]
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.content for answer in made}) == 1
    with house.lodge.stores.master.read() as connection:
        names = connection.execute(select(SkillGroup.name)).scalars().all()
    assert names.count("Claims") == 1


def test_s25_a_secret_shown_once_is_kept_nowhere(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    first, again = (sue.post("/secrets", headers={"idempotency-key": "s"}) for _ in range(2))
    assert (first.json(), again.json()) == ({"secret": SECRET}, {"secret": None})
    kept = house.place.rows(select(KEPT))
    assert len(kept) == 1
    assert SECRET not in str(kept)


def test_bytes_come_back_as_bytes(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    given = {"idempotency-key": "bytes", "content-type": "image/png"}
    first, again = (sue.post("/bytes", content=b"\0\xff{", headers=given) for _ in range(2))
    for answer in (first, again):
        assert answer.content == b"\0\xff{"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == first.headers["content-disposition"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "\r" not in first.headers["content-disposition"]
    other = sue.post("/bytes", content=b"other", headers=given)
    assert code_of(other) == "idempotency-key-reused"
