"""`lodge link` from the command line: results on stdout, all else on stderr, exit codes kept."""

import json
from dataclasses import replace

import jsonschema_rs
import orjson
import pytest
import yaml
from lxml import etree

from fixtures.receiver import receiving
from fixtures.workplace import NINE, Workplace
from links.verbs_house import VerbsHouse, make_house
from links.writing_house import NOTE
from lodge_adapters.library import Library
from lodge_adapters.verbs import link as link_group
from lodge_adapters.writing import accept
from lodge_adapters.writing_claims import Ended, Outcome, claim, finish
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import seed_roles
from lodge_platform.links.asking import Caller, CallerKind


@pytest.fixture
def house(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> VerbsHouse:
    """A house with a shop and a link to it, once on each engine."""
    made = make_house(workplace.lodge.settings, monkeypatch, capsys)
    made.customer()
    return made


@pytest.fixture
def sqlite_house(
    sqlite_workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> VerbsHouse:
    """As `house`, on SQLite alone."""
    made = make_house(sqlite_workplace.lodge.settings, monkeypatch, capsys)
    made.customer()
    return made


def test_every_verb_says_what_it_does(sqlite_house: VerbsHouse) -> None:
    assert sorted(link_group.commands) == [
        *("ask", "check", "list", "new", "record", "replay", "schema", "show", "test", "writes")
    ]
    for name in link_group.commands:
        assert sqlite_house.call(name, "--help") == 0
        assert sqlite_house.said.startswith(f"Usage: lodge link {name}")
        assert sqlite_house.call(name, "--nothing") == 2
        assert not sqlite_house.said


def test_links_are_listed_with_the_faults_of_their_files(house: VerbsHouse) -> None:
    house.file("bad.yaml", "titel: x\n")
    house.file("off.yaml", (house.links / "customer.yaml").read_text("utf-8") + "active: false\n")
    assert house.call("list", "--json") == 0
    found = {row["name"]: row for row in json.loads(house.said)}
    assert found["customer"]["state"] == "in force"
    assert found["customer"]["kind"] == "sql"
    assert len(found["customer"]["version"]) == 12
    assert found["off"]["state"] == "off"
    assert found["bad"]["state"] == "faulty"
    assert "line 1: unknown entry 'titel'; did you mean 'title'?" in found["bad"]["fault"]
    assert house.call("list") == 0
    assert house.said.split()[:3] == ["name", "title", "kind"]


def test_a_link_is_shown_with_its_parameters_fields_and_file(sqlite_house: VerbsHouse) -> None:
    house = sqlite_house
    assert house.call("show", "customer") == 0
    for said in ("customer.address", "Key there.", "personal", "agent", "customer.yaml"):
        assert said in house.said
    assert house.call("show", "customer", "--json") == 0
    found = json.loads(house.said)
    assert [field["name"] for field in found["fields"]] == ["number", "name", "tier"]
    assert house.call("show", "custmer") == 1
    assert "did you mean 'customer'?" in house.told
    house.file("bad.yaml", "titel: x\n")
    assert house.call("show", "bad") == 1
    assert "bad.yaml line 1" in house.told


def test_an_answer_is_xml_that_its_schema_takes_or_json(house: VerbsHouse) -> None:
    assert house.call("ask", "customer", "email=bob@example.org") == 0
    answer = etree.fromstring(house.said.encode())
    assert answer.findtext("customer/name") == 'Bob & "Söhne" <x>'
    assert house.call("schema", "--of", "customer") == 0
    etree.XMLSchema(etree.fromstring(house.said.encode())).assertValid(answer)
    assert house.call("ask", "customer", "email=bob@example.org", "--format", "json") == 0
    said = orjson.loads(house.said)
    assert said["customers"][0]["tier"] == "silver"
    assert house.call("schema", "--of", "customer", "--format", "json") == 0
    jsonschema_rs.validate(orjson.loads(house.said), said)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("customer",), 1, "email is missing"),
        (("customer", "mail=x"), 1, "there is no parameter 'mail'; did you mean 'email'?"),
        (("customer", "email"), 1, "write it as NAME=VALUE"),
        (("customer", "email=a", "email=b"), 1, "given twice"),
        (("nothing",), 1, "no link 'nothing'"),
        (("customer", "email=a", "--format", "csv"), 2, "csv"),
        (("customer", "--activity", "999"), 1, "no activity 999"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_an_odd_question_is_refused_and_nothing_goes_to_stdout(
    sqlite_house: VerbsHouse, words: tuple[str, ...], code: int, said: str
) -> None:
    assert sqlite_house.call("ask", *words) == code
    assert said in sqlite_house.told
    assert not sqlite_house.said


def test_a_source_that_is_away_ends_with_3(sqlite_house: VerbsHouse) -> None:
    sqlite_house.shop.unlink()
    assert sqlite_house.call("ask", "customer", "email=a") == 3
    assert not sqlite_house.said
    assert sqlite_house.told.startswith("lodge: ")


def test_an_answer_that_breaks_off_ends_in_error_and_with_3(sqlite_house: VerbsHouse) -> None:
    house = sqlite_house
    rows = "".join(f"{number},ok\n" for number in range(3_000))
    (house.home / "link-files" / "rows.csv").write_text(f"id,note\n{rows}x,broken\n", "utf-8")
    house.file(
        "rows.yaml",
        "title: Rows\nterm: Rows.\naccess: {file: {format: csv, path: rows.csv}}\nanswer:\n"
        "  fields: [{name: id, type: integer, term: Key.}, {name: note, term: Note.}]\n",
    )
    assert house.call("ask", "rows") == 3
    answer = etree.fromstring(house.said.encode())
    assert answer.findtext("error/detail")
    assert answer.find("end") is None
    assert "3001" in house.told
    assert house.call("ask", "rows", "--format", "json") == 3
    assert "error" in orjson.loads(house.said)


def test_parameters_are_filled_from_an_activity(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = make_house(workplace.lodge.settings, monkeypatch, capsys)
    house.customer()
    activity_id = workplace.queued(from_address="ada@example.org")
    assert house.call("ask", "customer", "--activity", str(activity_id)) == 0, house.told
    assert etree.fromstring(house.said.encode()).findtext("customer/tier") == "gold"
    words = ("ask", "customer", "email=bob@example.org", "--activity", str(activity_id))
    assert house.call(*words) == 0
    assert etree.fromstring(house.said.encode()).findtext("customer/tier") == "silver"


def test_files_are_checked_and_every_fault_is_said_with_its_line(sqlite_house: VerbsHouse) -> None:
    house = sqlite_house
    assert house.call("check") == 0
    bad = house.file("bad.yaml", "title: x\nterm: y\nwrits: true\n")
    odd = house.file("odd.yaml", "[]")
    assert house.call("check", "--json") == 1
    rows = {row["file"]: row["outcome"] for row in json.loads(house.said)}
    assert rows == {
        str(house.links / "customer.yaml"): "good",
        str(bad): "faulty",
        str(odd): "faulty",
    }
    assert house.call("check", str(bad), str(odd), str(house.links / "customer.yaml")) == 1
    assert "bad.yaml line 3: unknown entry 'writs'; did you mean 'writes'?" in house.said
    assert house.said.count("faulty") == 2
    assert house.call("check", str(house.links / "nothing.yaml")) == 1
    assert "cannot be read" in house.told


def test_callers_nobody_can_be_and_links_switched_off_are_told(
    sqlite_workplace: Workplace, sqlite_house: VerbsHouse
) -> None:
    house, master = sqlite_house, sqlite_workplace.lodge.stores.master
    with change_configuration(master, by="test", now=NINE) as session:
        seed_roles(session)
    text = (house.links / "customer.yaml").read_text("utf-8")
    house.file("off.yaml", f"{text}\nactive: false\n")
    assert house.call("ask", "off", "email=ada@example.org") == 1
    assert "link 'off' is switched off by `active: false` in its file" in house.told
    plain = (
        "title: T\nterm: T\naccess: {function: {name: a}}\nanswer: {fields: [{name: a, term: A}]}"
    )
    house.file("odd.yaml", f"{plain}\ncallers: {{roles: [agnet], departments: [Nowhere]}}\n")
    assert house.call("check") == 0
    assert "note: odd: there is no role 'agnet'; did you mean 'agent'?" in house.told
    assert "note: odd: there is no department 'Nowhere'; " in house.told
    assert "note: customer" not in house.told


def test_the_schema_for_editors_takes_what_the_reader_takes(sqlite_house: VerbsHouse) -> None:
    house = sqlite_house
    assert house.call("schema") == 0
    schema = orjson.loads(house.said)
    text = (house.links / "customer.yaml").read_text("utf-8")
    document = yaml.safe_load(text)
    jsonschema_rs.validate(schema, document)
    document["callers"]["roles"] = "agent"
    jsonschema_rs.validate(schema, document)
    for wrong in (document | {"titel": "x"}, document | {"contract": "frozen"}, {"title": "x"}):
        assert not jsonschema_rs.is_valid(schema, wrong)


def test_writes_are_listed_and_dead_ones_replayed(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house = make_house(workplace.lodge.settings, monkeypatch, capsys)
    with receiving() as receiver:
        house.file("note.yaml", NOTE.format(url=receiver.url("/"), seconds=5, at_once=4))
        lodge = replace(workplace.lodge)
        link = Library(lodge).get("note").link
        for key in ("one", "two", "three"):
            given = {"order": "7", "note": f"told in confidence {key}"}
            caller = Caller(kind=CallerKind.OPERATOR)
            accept(lodge, "note", link, given, key=key, caller=caller, now=NINE)
        with lodge.stores.active.write() as connection:
            for row in claim(connection, {"note": 2}, by="test", now=NINE):
                finish(connection, row, Ended(Outcome.DEAD, "422 no", NINE), by="test")
    assert house.call("ask", "note", "order=1", "note=x") == 1
    assert "POST" in house.told
    assert house.call("writes", "--json") == 0
    rows = json.loads(house.said)
    assert [row["idempotency_key"] for row in rows] == ["three", "two", "one"]
    assert "in confidence" not in house.said
    assert house.call("writes", "--dead", "--json") == 0
    dead = json.loads(house.said)
    assert {row["last_answer"] for row in dead} == {"422 no"}
    assert house.call("replay", str(dead[0]["link_write_id"])) == 0
    assert house.call("replay", str(dead[0]["link_write_id"])) == 1
    assert "is waiting; only dead ones are replayed" in house.told
    assert house.call("replay", "--link", "note") == 0
    assert "1 put back in line" in house.told
    assert house.call("writes", "--dead", "--json") == 0
    assert json.loads(house.said) == []
    assert house.call("replay", "--link", "notes") == 0
    assert "no write of link 'notes' is dead" in house.told
    assert house.call("replay", "99999") == 1
    assert house.call("replay") == 2
