"""JSON as its test suite has it: every valid document is read, every other one refused."""

import json
from pathlib import Path

from api.house import House, code_of

JSON = {"content-type": "application/json"}


def test_valid_documents_are_read_and_others_refused(
    sqlite_everything: House, shared_data: Path
) -> None:
    house = sqlite_everything
    ada = house.asker("ada", "administrator")
    folder = shared_data / "json_parsing"
    wrong = []
    counts = {True: 0, False: 0, None: 0}
    with house.served(house.key("ada")) as client:
        for line in (folder / "cases.jsonl").read_text("utf-8").splitlines():
            case = json.loads(line)
            content = (folder / case["file"]).read_bytes()
            for asked in (client, ada):
                answer = asked.post("/cases", content=content, headers=JSON)
                accept = case["expect"]["accept"]
                counts[accept] += 1
                code = code_of(answer)
                if accept is False and (answer.status_code, code) != (400, "malformed-body"):
                    wrong.append((case["id"], answer.status_code))
                if accept is True and code == "malformed-body":
                    wrong.append((case["id"], answer.status_code))
                if answer.status_code >= 500:
                    wrong.append((case["id"], answer.status_code))
        assert client.get("/cases?count=true").json()["total"] == 5
    assert wrong == []
    assert counts[True] >= 2 * 90
    assert counts[False] >= 2 * 180


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
