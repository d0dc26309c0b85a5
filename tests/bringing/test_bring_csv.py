"""`lodge bring csv`: each line made once, or listed with its number and why not."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from bringing.conftest import Bringing, opened
from fixtures.workplace import Workplace

CUSTOMERS = """id,name,email,phone,kind
7,Mia Berg,mia@example.org;m.berg@example.org,+49 30 1234567,
8,Zoo & Söhne,zoo@example.org,,corporate
9,Nobody,no address,,
10,"Two
lines",two@example.org,,
"""


@pytest.fixture
def limited(sqlite_workplace: Workplace, tmp_path: Path) -> Generator[Bringing]:
    """A Lodge that lets one key ask 60 times a minute."""
    yield from opened(sqlite_workplace, tmp_path / "input", api_requests_a_minute=60)


def test_each_line_is_made_once_and_what_is_refused_is_listed(bringing: Bringing) -> None:
    path = bringing.write("people.csv", CUSTOMERS)
    first = bringing.run("csv", path, "--as", "customers", code=1)
    assert first["customer"] == {"made": 3, "found": 0, "brought_before": 0, "rejected": 1}
    rejects = bringing.folder / "people.csv.rejected.csv"
    [refused] = csv.DictReader(rejects.open(encoding="utf-8", newline=""))
    assert refused["rejected_where"] == "line 4"
    assert "address" in refused["rejected_reason"]
    assert refused["name"] == "Nobody"
    again = bringing.run("csv", path, "--as", "customers", code=1)
    assert again["customer"] == {"made": 0, "found": 0, "brought_before": 3, "rejected": 1}
    assert len(bringing.all("/customers")) == 3
    [mia] = bringing.all("/customers", name="Mia Berg")
    points = bringing.all(f"/customers/{mia['customer_id']}/contact-points")
    assert {one["kind"] for one in points} == {"email", "phone"}
    assert len(points) == 3
    rejects.write_text(rejects.read_text("utf-8").replace("no address", "nobody@example.org"))
    mended = bringing.run("csv", rejects, "--as", "customers")
    assert mended["customer"]["made"] == 1
    whole = bringing.run("csv", bringing.write("people.csv", CUSTOMERS), "--as", "customers")
    assert whole["customer"]["brought_before"] == 4


def test_without_its_ledger_nothing_is_made_twice_either(bringing: Bringing) -> None:
    path = bringing.write("people.csv", CUSTOMERS)
    bringing.run("csv", path, "--as", "customers", code=1)
    (bringing.folder / "people.csv.brought.jsonl").unlink()
    bringing.run("csv", path, "--as", "customers", code=1)
    ledger = bringing.folder / "other"
    anew = ("--source", "x", "--ledger", ledger)
    other = bringing.run("csv", path, "--as", "customers", *anew, code=1)
    assert other["customer"] == {"made": 0, "found": 3, "brought_before": 0, "rejected": 1}
    assert len(bringing.all("/customers")) == 3


def test_cases_tasks_and_articles_come_with_their_words_mapped(bringing: Bringing) -> None:
    bringing.run("csv", bringing.write("old.csv", CUSTOMERS), "--as", "customers", code=1)
    cases = "Nummer;Betreff;Kunde;Stufe;Stand;Notiz;Spalte\n"
    cases += "A1;Heizung;7;hoch;zu;Zweimal angerufen;x\nA2;Käse;99;hoch;auf;;x\n"
    rules = """
columns: {id: Nummer, subject: Betreff, customer: Kunde, severity: Stufe, status: Stand,
          note: Notiz}
values:
  severity: {hoch: high, mittel: medium}
  status: {zu: closed, auf: open}
leave_out: [Spalte]
"""
    kept = ("--source", "old", "--ledger", bringing.folder / "old.csv.brought.jsonl")
    mapped = bringing.write("map.yaml", rules)
    path = bringing.write("cases.csv", cases.encode("cp1252"))
    done = bringing.run("csv", path, "--as", "cases", "--map", mapped, *kept, code=1)
    assert "cp1252, semicolon" in bringing.said
    assert done["case"] == {"made": 1, "found": 0, "brought_before": 0, "rejected": 1}
    assert "was not brought" in (bringing.folder / "cases.csv.rejected.csv").read_text("utf-8")
    [case] = bringing.all("/cases")
    assert (case["subject"], case["severity"], case["status"]) == ("Heizung", "high", "closed")
    notes = bringing.all(f"/cases/{case['case_id']}/notes", sort="note_id")
    assert [note["text"] for note in notes] == ["Brought from old: A1.", "Zweimal angerufen"]
    tasks = bringing.write("tasks.csv", "id,subject,case,queue\n1,Call back,A1,General\n")
    assert bringing.run("csv", tasks, "--as", "activities", *kept)["activity"]["made"] == 1
    [task] = bringing.all("/activities", media="task")
    assert task["case_id"] == case["case_id"]
    articles = bringing.write(
        "articles.csv", 'id,folder,title,html,status\n1,"House, big",How,<p>So</p>,published\n'
    )
    assert bringing.run("csv", articles, "--as", "articles")["article"]["made"] == 1
    [article] = bringing.all("/articles")
    assert (article["title"], article["published_version_no"]) == ("How", 1)
    again = bringing.run("csv", articles, "--as", "articles")
    assert again["article"]["brought_before"] == 1


def test_a_declared_attribute_keeps_the_id_and_values_have_their_types(bringing: Bringing) -> None:
    for name, kind in (("source_id", "text"), ("floors", "integer"), ("is_vip", "boolean")):
        body = {"object_type": "case", "name": name, "label": name, "attribute_type": kind}
        made = bringing.program.post("/custom-attributes", json=body)
        assert made.status_code == 201, made.text
    path = bringing.write(
        "cases.tsv",
        "id\tsubject\tcustomer_email\tattributes.floors\tattributes.is_vip\n"
        "1\tLift\tnew@example.org\t3\tyes\n2\tLift\tnew@example.org\tthree\tno\n",
    )
    done = bringing.run("csv", path, "--as", "cases", "--source", "house", code=1)
    assert done["case"] == {"made": 1, "found": 0, "brought_before": 0, "rejected": 1}
    [case] = bringing.all("/cases", **{"attributes.source_id": "house: 1"})
    assert case["attributes"] == {"floors": 3, "is_vip": True, "source_id": "house: 1"}
    assert bringing.all(f"/cases/{case['case_id']}/notes") == []
    assert "attributes.floors" in (bringing.folder / "cases.tsv.rejected.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (b"", (), "is empty"),
        (b"id,name,name\n1,a,b\n", (), "two columns called 'name'"),
        (b"id,,name\n1,a,b\n", (), "without a name"),
        (b"id,colour\n1,red\n", (), "'colour' is no field"),
        (b"id,name\n1,\x81\n", (), "line 2 has a byte"),
        (b"id,name\n1,a\n", ("--encoding", "klingon"), "no encoding 'klingon'"),
        (b"id,name\n1,a\n", ("--delimiter", "::"), "no CSV with the delimiter"),
        (b"id,name\n1,a\n", ("--map", "no-such.yaml"), "cannot be read"),
        (b"id,name\n1,a\n", ("--to", "ftp://x"), "no address of a Lodge"),
        (b"id,name\n1,a\n", ("--to", "http://lodge.example"), "unencrypted"),
        (b"id,name\n1,a\n", ("--key-file", "none"), "key cannot be read"),
    ],
)
def test_a_file_that_means_nothing_is_refused_as_a_whole(
    sqlite_bringing: Bringing, content: bytes, arguments: tuple[str, ...], said: str
) -> None:
    path = sqlite_bringing.write("x.csv", content)
    sqlite_bringing.run("csv", path, "--as", "customers", *arguments, code=1)
    assert said in sqlite_bringing.said
    assert sqlite_bringing.said.count("\n") <= 2
    assert sqlite_bringing.all("/customers") == []


def test_odd_lines_are_listed_with_their_numbers(sqlite_bringing: Bringing) -> None:
    content = (
        "id,name,email\n1,One,one@example.org\n\n2,Too,many,cells\n3,few\n"
        '1,Twice,twice@example.org\n4,"never ended,four@example.org\n5,Five,five@example.org\n'
    )
    path = sqlite_bringing.write("odd.csv", content)
    done = sqlite_bringing.run("csv", path, "--as", "customers", code=1)
    assert done["customer"]["made"] == 1
    with (sqlite_bringing.folder / "odd.csv.rejected.csv").open(encoding="utf-8") as file:
        where = {one["rejected_where"]: one["rejected_reason"] for one in csv.DictReader(file)}
    assert list(where) == ["line 4", "line 5", "line 6", "line 7"]
    assert "4 cells" in where["line 4"]
    assert "already at line 2" in where["line 6"]
    assert "no CSV" in where["line 7"]


def test_a_revoked_key_ends_it_and_is_never_shown(sqlite_bringing: Bringing) -> None:
    key = "lodge_" + "0" * 64
    sqlite_bringing.key_file.write_text(key, "utf-8")
    path = sqlite_bringing.write("x.csv", "id,name\n1,a\n")
    sqlite_bringing.run("csv", path, "--as", "customers", code=1)
    assert "not accepted" in sqlite_bringing.said
    assert key not in sqlite_bringing.said


def test_the_rate_limit_is_waited_for(limited: Bringing) -> None:
    lines = "".join(f"{n},Name {n},n{n}@example.org\n" for n in range(70))
    path = limited.write("many.csv", "id,name,email\n" + lines)
    done = limited.run("csv", path, "--as", "customers")
    assert done["customer"]["made"] == 70


def test_killed_at_any_moment_it_goes_on_and_makes_nothing_twice(bringing: Bringing) -> None:
    lines = "".join(f"{n},Case {n},c{n % 5}@example.org,A note\n" for n in range(60))
    path = bringing.write("cases.csv", "id,subject,customer_email,note\n" + lines)
    arguments = bringing.arguments("csv", path, "--as", "cases")
    command = [Path(sys.executable).with_name("lodge"), *arguments]
    for seconds in (1.2, 1.6, 2.1, 2.7):
        running = subprocess.Popen(
            command, cwd=bringing.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(seconds)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    bringing.run("csv", path, "--as", "cases")
    cases = bringing.all("/cases")
    assert sorted(case["subject"] for case in cases) == sorted(f"Case {n}" for n in range(60))
    assert len(bringing.all("/customers")) == 5
    for case in cases[::10]:
        assert len(bringing.all(f"/cases/{case['case_id']}/notes")) == 2
