"""`lodge bring zammad`: an export as its REST API gives it, brought once, and what is not listed.

The samples are written for these tests, after the API's public documentation.
"""

import json
from pathlib import Path

import pytest

from bringing.conftest import Bringing
from fixtures.shared_data import ROOT

SAMPLES = ROOT / "tests" / "samples" / "zammad"


def copied(bringing: Bringing) -> Path:
    """The samples in a folder of the test's own."""
    folder = bringing.folder / "export"
    folder.mkdir()
    for file in SAMPLES.glob("*.json"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_an_export_is_brought_once(bringing: Bringing) -> None:
    folder = copied(bringing)
    first = bringing.run("zammad", folder, code=1)
    counts = {"found": 0, "brought_before": 0}
    assert first["customer"] == {"made": 3, "rejected": 0, **counts}
    assert first["case"] == {"made": 2, "rejected": 0, **counts}
    assert first["article"] == {"made": 1, "rejected": 0, **counts}
    assert first["line"]["rejected"] == 5
    again = bringing.run("zammad", folder, code=1)
    assert {row["made"] for row in again.values()} == {0}
    assert again["case"]["brought_before"] == 2


def test_people_tickets_and_answers_become_what_they_are_here(bringing: Bringing) -> None:
    bringing.run("zammad", copied(bringing), code=1)
    [house] = bringing.all("/customers", kind="corporate")
    [mia] = bringing.all("/customers", name="Mia Berg")
    assert (house["name"], mia["parent_customer_id"]) == ("Bergbau Köln", house["customer_id"])
    [lift] = bringing.all("/cases", subject="Der Aufzug steht")
    assert (lift["customer_id"], lift["status"], lift["severity"]) == (
        mia["customer_id"],
        "closed",
        "high",
    )
    notes = [
        note["text"] for note in bringing.all(f"/cases/{lift['case_id']}/notes", sort="note_id")
    ]
    assert len(notes) == 4
    assert notes[0] == "Brought from zammad: ticket 11."
    assert "22011" in notes[1]
    assert notes[2].endswith("Seit heute früh.")
    assert "Ein Monteur kommt.\nBis gleich" in notes[3]
    assert "not brought: Plan.pdf" in notes[3]
    [nameless] = bringing.all("/cases", subject="Ticket 12")
    assert nameless["status"] == "open"
    [article] = bringing.all("/articles")
    text = bringing.program.get(f"/articles/{article['article_id']}/text").json()
    assert text["html"] == "<p>Den <strong>roten</strong> Knopf drücken.</p>"


def test_whatever_is_not_brought_is_listed_with_its_reason(sqlite_bringing: Bringing) -> None:
    sqlite_bringing.run("zammad", copied(sqlite_bringing), code=1)
    lines = (sqlite_bringing.folder / "export.rejected.jsonl").read_text("utf-8").splitlines()
    reasons = {said["where"]: said["reason"] for said in map(json.loads, lines)}
    assert set(reasons) == {
        "users, id 2",
        "users, id 4",
        "tickets, id 13",
        "ticket_articles, id 103",
        "knowledge_base, translation 2",
    }
    assert "country code" in reasons["users, id 2"]
    assert "its user 99 is not here" in reasons["tickets, id 13"]


def test_one_file_says_the_same(sqlite_bringing: Bringing) -> None:
    whole = {
        "tickets": json.loads((SAMPLES / "tickets-1.json").read_text("utf-8")),
        "users": json.loads((SAMPLES / "users.json").read_text("utf-8")),
        "organizations": json.loads((SAMPLES / "organizations.json").read_text("utf-8")),
    }
    path = sqlite_bringing.write("all.json", json.dumps(whole))
    assert sqlite_bringing.run("zammad", path, code=1)["case"]["made"] == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "cannot be read as JSON"),
        ("[]", "is not what Zammad's API gives"),
        ('{"tickets": {}}', "is not what Zammad's API gives"),
        ('{"tickets": [{"title": "x"}]}', "whose id is no number"),
        ('{"tikcets": []}', "tikcets"),
        ("{}", "holds none of"),
        ('{"knowledge_base": {"KnowledgeBaseAnswerTranslation": []}}', "no map of objects"),
    ],
)
def test_what_is_no_export_is_refused(sqlite_bringing: Bringing, content: str, said: str) -> None:
    path = sqlite_bringing.write("all.json", content)
    sqlite_bringing.run("zammad", path, code=1)
    assert said in sqlite_bringing.said
