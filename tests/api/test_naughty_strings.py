"""Strings that have broken others: each comes back as it was given, or is refused in words."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.house import House, code_of

Given = dict[str, Any]


def strings(shared_data: Path) -> list[str]:
    """Every string of the list."""
    lines = (shared_data / "naughty_strings" / "cases.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["s"] for line in lines]


# Where a string is put, and where it is read again.
PLACES: dict[str, tuple[str, Any, str]] = {
    "customer name": ("/customers", lambda s: {"name": s}, "name"),
    "customer attribute": (
        "/customers",
        lambda s: {"name": "x", "attributes": {"word": s}},
        "attributes.word",
    ),
    "case subject": ("/cases", lambda s: {"customer_id": 1, "subject": s}, "subject"),
    "case description": (
        "/cases",
        lambda s: {"customer_id": 1, "subject": "x", "description": s},
        "description",
    ),
    "note": ("/cases/1/notes", lambda s: {"text": s}, "text"),
    "category": ("/categories", lambda s: {"department_id": 1, "name": s}, "name"),
    "article": (
        "/articles",
        lambda s: {"article_folder_id": 1, "title": s, "html": "<p>x</p>"},
        "title",
    ),
}
# What has no words is no name, subject, title or note; a category's name is also printed on pages,
# and one string is too long for that.
REFUSED = {"customer name": 2, "case subject": 1, "note": 1, "category": 2, "article": 1}
# Every string goes where anybody may write it; of the others, one in so many.
ONE_IN = {"customer attribute": 3, "case description": 5, "note": 3, "category": 9, "article": 5}


@pytest.mark.parametrize("place", PLACES)
def test_naughty_strings_come_back_as_they_were(
    sqlite_everything: House, shared_data: Path, place: str
) -> None:
    given = strings(shared_data)[:: ONE_IN.get(place, 1)]
    refused = round_trip(sqlite_everything, given, place)
    assert len(refused) == REFUSED.get(place, 0), refused


def test_naughty_strings_come_back_from_postgresql_too(
    postgresql_everything: House, shared_data: Path
) -> None:
    for number, place in enumerate(PLACES):
        refused = round_trip(postgresql_everything, strings(shared_data)[number::14], place)
        assert len(refused) <= REFUSED.get(place, 0), refused


def round_trip(house: House, given: list[str], place: str) -> list[str]:
    """Put each string there and read it again; those that were refused."""
    path, body, field = PLACES[place]
    program = house.asker(f"ada{place.replace(' ', '')}", "administrator")
    if place == "article":
        program.post("/article-folders", json={"name": "Answers"})
    lost, refused = [], []
    for text in given:
        answer = program.post(path, json=body(text))
        if answer.status_code == 201:
            again = program.get(f"http://lodge.test{answer.headers['location']}")
            if (value(answer, field), value(again, field)) != (text, text):
                lost.append((text, value(again, field)))
        else:
            assert answer.status_code in (409, 422), (text, answer.text)
            assert code_of(answer) in ("invalid-body", "refused", "conflict")
            refused.append(text)
    assert lost == []
    return refused


def value(answer: httpx.Response, field: str) -> Any:
    """A field of what came back, such as `attributes.word`."""
    found = answer.json()
    for word in field.split("."):
        found = found[word]
    return found
