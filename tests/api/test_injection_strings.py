"""Attack strings in every place that takes words: refused or taken as words, never as a command."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import func, select

from api.house import House
from lodge_platform.lodge import Lodge
from lodge_platform.schema import ActiveBase, MasterBase

SIGNS = (
    "sqlite",
    "psycopg",
    "syntax error",
    "operationalerror",
    "sqlalchemy",
    "traceback",
    "select ",
)
# What a request may leave behind it whoever sends what.
OF_ITS_OWN = {
    "change_feed_marks",
    "access_records",
    "idempotency_keys",
    "api_key_uses",
    "search_documents",
}


def attacks(shared_data: Path) -> list[str]:
    """A sample of the strings, the same in every run: as many of each list."""
    lines = (shared_data / "injection_strings" / "cases.jsonl").read_text("utf-8").splitlines()
    lists: dict[str, list[str]] = {}
    for case in map(json.loads, lines):
        lists.setdefault(case["id"].rsplit("/", 1)[0], []).append(case["s"])
    return [text for found in lists.values() for text in found[:: max(1, len(found) // 8)]]


def counts(lodge: Lodge) -> dict[str, int]:
    """How many rows each table has."""
    found: dict[str, int] = {}
    for store, base in ((lodge.stores.active, ActiveBase), (lodge.stores.master, MasterBase)):
        with store.read() as connection:
            for table in base.metadata.sorted_tables:
                if table.name not in OF_ITS_OWN:
                    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
                    found[table.name] = count
    return found


def places(text: str) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """Where the string is put: a path, parameters and headers."""
    header = text.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"")
    return [
        ("/cases", {"subject": text}, {}),
        ("/cases", {"subject.contains": text}, {}),
        ("/cases", {"status": text}, {}),
        ("/cases", {"customer_id": text}, {}),
        ("/cases", {"opened_at.from": text}, {}),
        ("/cases", {"attributes.word": text}, {}),
        ("/cases", {f"attributes.{text}": "1"}, {}),
        ("/cases", {text: "1"}, {}),
        ("/cases", {"sort": text}, {}),
        ("/cases", {"sort": f"case_id {text}"}, {}),
        ("/cases", {"fields": text}, {}),
        ("/cases", {"fields": f"case_id,{text}"}, {}),
        ("/cases", {"limit": text}, {}),
        ("/cases", {"after": text}, {}),
        ("/search", {"q": text}, {}),
        ("/customers", {"name.contains": text}, {}),
        ("/changes", {"after": text}, {}),
        (f"/cases/{quote(text, safe='')}", {}, {}),
        (f"/dictionary/{quote(text, safe='')}", {}, {}),
        (f"/{quote(text, safe='')}", {}, {}),
        ("/cases/1", {}, {"if-none-match": header}),
        ("/cases/1", {}, {"accept": header}),
        ("/cases/1", {}, {"cookie": b"lodge_session=" + header}),
        ("/cases/1", {}, {"origin": header}),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_s16_no_string_reaches_a_store_as_a_command(
    request: pytest.FixtureRequest, shared_data: Path, engine: str
) -> None:
    house: House = request.getfixturevalue(f"{engine}_everything")
    ada = house.asker("ada", "administrator")
    texts = attacks(shared_data)
    texts = texts if engine == "sqlite" else texts[::5]
    for path in ("/cases", "/changes"):  # who follows the feed first has it numbered
        assert ada.get(path).status_code == 200
    before = counts(house.lodge)
    asked = 0
    for text in texts:
        for path, parameters, headers in places(text):
            try:
                answer = ada.get(path, params=parameters, headers=headers)
            except httpx.InvalidURL:
                continue
            asked += 1
            said = answer.text.lower()
            assert answer.status_code < 500, (path, parameters, headers, answer.text)
            told = [sign for sign in SIGNS if sign in said and sign not in text.lower()]
            assert told == [], (path, parameters, answer.text)
    assert asked > 20 * len(texts) > 200
    assert counts(house.lodge) == before


def test_s16_a_string_that_is_written_is_written_as_it_is(
    sqlite_everything: House, shared_data: Path
) -> None:
    house = sqlite_everything
    ada = house.asker("ada", "administrator")
    for text in attacks(shared_data)[::2]:
        body = {"customer_id": 1, "subject": "x", "description": text}
        made = ada.post("/cases", json=body)
        assert made.status_code == 201, (text, made.text)
        again = ada.get(f"/cases/{made.json()['case_id']}").json()
        assert again["description"] == text
