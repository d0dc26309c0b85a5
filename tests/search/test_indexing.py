"""The index: ends alike however it is passed through; takes any words and any query."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text

from api.house import House
from fixtures.workplace import NINE
from lodge_core.search.asking import Asked, look_for
from lodge_core.search.indexing import index_all, index_events
from lodge_core.search.words import asked
from lodge_platform.errors import RefusedError
from lodge_platform.schema.active import Activity, FeedMark, SearchDocument


@pytest.fixture
def sue(search_house: House) -> TestClient:
    return search_house.asker("sue", "supervisor")


def look(client: TestClient, q: str, **params: Any) -> dict[str, Any]:
    answer = client.get("/search", params={"q": q, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(client: TestClient, q: str, **params: Any) -> list[tuple[str, int]]:
    """Type and key of what is found."""
    items = look(client, q, **params)["items"]
    return sorted((one["object_type"], one["object_id"]) for one in items)


def test_indexing_in_small_passes_ends_where_one_pass_does(search_house: House) -> None:
    active = search_house.lodge.stores.active
    search_house.place.many_queued(5)
    index_all(active, NINE)
    documents = search_house.place.rows(
        select(SearchDocument.object_type, SearchDocument.object_id, SearchDocument.body)
    )
    with active.write() as connection:
        connection.execute(SearchDocument.__table__.delete())
        connection.execute(FeedMark.__table__.delete().where(FeedMark.follower == "search"))
    while index_events(active, NINE, at_once=2):
        pass
    again = search_house.place.rows(
        select(SearchDocument.object_type, SearchDocument.object_id, SearchDocument.body)
    )
    assert sorted(again) == sorted(documents)
    assert index_events(active, NINE) == 0


def test_r109_s16_every_string_of_the_public_sets_is_searched_or_refused(
    shared_data: Path, search_house: House, sue: TestClient
) -> None:
    search_house.place.queued(subject="Zeppelin", text_body="union select 1 from users")
    strings = [
        json.loads(line)["s"]
        for name in ("injection_strings", "naughty_strings")
        for line in (shared_data / name / "cases.jsonl").read_text().splitlines()
    ]
    reader, active = search_house.reader("sue"), search_house.lodge.stores.active
    refused: list[str] = []
    with active.read() as connection:
        for q in strings if active.is_sqlite else strings[::3]:
            try:
                look_for(connection, Asked(terms=asked(q)), reader)
            except RefusedError:
                refused.append(q)
    assert [q for q in refused if len(q) < 60] == []
    wrong: list[str] = []
    for q in strings[::15]:
        answer = sue.get("/search", params={"q": q})
        said = answer.text.lower()
        if answer.status_code not in (200, 400, 414) or any(
            word in said for word in ("fts5", "tsquery", "sqlite", "psycopg", "traceback")
        ):
            wrong.append(f"{answer.status_code} {q!r}")
    assert wrong == []
    assert search_house.place.one(select(func.count()).select_from(Activity.__table__))[0] == 1


def test_naughty_words_are_found_again(shared_data: Path, sqlite_search_house: House) -> None:
    house = sqlite_search_house
    sue = house.asker("sue", "supervisor")
    lines = (shared_data / "naughty_strings" / "cases.jsonl").read_text().splitlines()
    strings = [json.loads(line)["s"] for line in lines]
    taken = [one for one in strings if one.isalnum() and len(one) < 60][:60]
    keys = {
        house.place.queued(subject=one, text_body="", from_address=f"{number}@example.org"): one
        for number, one in enumerate(taken)
    }
    missed = [
        one
        for key, one in keys.items()
        if ("activity", key) not in found(sue, f'"{one}"', types="activity", limit=50)
    ]
    assert missed == []


def test_the_index_of_the_engine_is_what_the_documents_say(search_house: House) -> None:
    active = search_house.lodge.stores.active
    activity_id = search_house.place.queued(subject="Zeppelin")
    index_all(active, NINE)
    with active.write() as connection:
        changed = SearchDocument.__table__.update().where(
            SearchDocument.object_type == "activity", SearchDocument.object_id == activity_id
        )
        connection.execute(changed.values(title="balloon"))
    if active.is_sqlite:
        with active.write() as connection:
            connection.execute(
                text("insert into search_words (search_words, rank) values ('integrity-check', 1)")
            )
