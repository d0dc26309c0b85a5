"""JSON as its test suite has it: every valid document is read, every other one refused."""

import json
from collections import Counter
from pathlib import Path

from api.house import House, code_of

JSON = {"content-type": "application/json"}


def test_valid_documents_are_read_and_others_refused(
    sqlite_everything: House, shared_data: Path
) -> None:
    house = sqlite_everything
    ada = house.asker("ada", "administrator")
    folder = shared_data / "json_parsing"
    told: Counter[tuple[bool | None, int, str]] = Counter()
    with house.served(house.key("ada")) as client:
        for line in (folder / "cases.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            content = (folder / case["file"]).read_bytes()
            for asked in (client, ada):
                answer = asked.post("/cases", content=content, headers=JSON)
                told[case["expect"]["accept"], answer.status_code, code_of(answer)] += 1
        assert client.get("/cases?count=true").json()["total"] == 5
    # None of them is a case: what was read as JSON is refused for what it says, two for a NUL.
    assert {key: count for key, count in told.items() if key[0] is not None} == {
        (True, 422, "invalid-body"): 2 * 93,
        (True, 422, "refused"): 2 * 2,
        (False, 400, "malformed-body"): 2 * 188,
    }
    either = {
        (status, code): count for (is_good, status, code), count in told.items() if is_good is None
    }
    assert set(either) <= {(422, "invalid-body"), (422, "refused"), (400, "malformed-body")}
    assert sum(either.values()) == 2 * 35


def test_a_hundred_thousand_opening_brackets_break_nothing(
    sqlite_everything: House, shared_data: Path
) -> None:
    house = sqlite_everything
    house.person("ada", "administrator")
    files = shared_data / "json_parsing" / "files"
    deep = (files / "n_structure_100000_opening_arrays.json").read_bytes()
    assert deep.startswith(b"[" * 100_000)
    with house.served(house.key("ada")) as client:
        for content in (deep, b'{"a":' * 100_000, deep + b"]" * 100_000, b"[" * 1_900_000):
            for path in ("/cases", "/customers", "/activities/bulk", "/configuration/plan"):
                answer = client.post(path, content=content, headers=JSON)
                assert (answer.status_code, code_of(answer)) == (400, "malformed-body")
        assert client.get("/cases").status_code == 200
