"""POST /links/NAME: 202 with where its state is told; and writes, calls and links in the API."""

from collections.abc import Generator

import orjson
import pytest
from fastapi.testclient import TestClient
from lxml import etree

from api.house import code_of, house_of
from fixtures.receiver import Receiver, receiving
from fixtures.workplace import Workplace
from links.asking_house import LinkHouse
from links.writing_house import NOTE, MovedWriter, WritingHouse
from lodge_adapters.resources import api
from lodge_adapters.web import doorway
from lodge_adapters.writer import LinkWriter, process
from lodge_platform.clock import utc_now
from lodge_platform.web.assembly import create_application


@pytest.fixture
def receiver() -> Generator[Receiver]:
    """What links write to."""
    with receiving() as made:
        yield made


@pytest.fixture
def house(workplace: Workplace, receiver: Receiver) -> Generator[LinkHouse]:
    """People, links and the API's own resources of links, once on each engine."""
    made = house_of(workplace, [], outgoing_allowed=receiver.where)
    made.application = create_application(workplace.lodge, [], [api], [doorway])
    house = LinkHouse(made)
    house.file("note.yaml", NOTE.format(url=receiver.url("/"), seconds=5, at_once=4))
    yield house
    house.links.close()


def written(house: LinkHouse, receiver: Receiver) -> None:
    """Carry what waits."""
    of_writes = WritingHouse(house.place, house.place.lodge, receiver, now=utc_now())
    with of_writes.writer() as writer:
        writer.work()


def post(program: TestClient, key: str = "k", **given: object) -> tuple[int, dict[str, object]]:
    """A note as JSON; status and what was told."""
    body = {"order": 7, "note": "call back"} | given
    headers = {"idempotency-key": key, "accept": "application/json"}
    answer = program.post("note", json=body, headers=headers)
    return answer.status_code, answer.json()


def test_r33_a_write_is_taken_followed_and_told_again_under_its_key(
    house: LinkHouse, receiver: Receiver
) -> None:
    program = house.asker("ingrid", "integrator")
    headers = {"idempotency-key": "k1", "accept": "application/json"}
    answer = program.post("note", json={"order": 7, "note": "a"}, headers=headers)
    assert answer.status_code == 202, answer.text
    place = answer.headers["location"]
    assert answer.json()["status"] == "waiting"
    assert "payload" not in answer.text
    written(house, receiver)
    told = program.get(place.removeprefix("/links/"), headers=headers).json()
    assert told["status"] == "written"
    assert told["detail"] == "200 OK"
    again = program.post("note", json={"note": "a", "order": 7}, headers=headers)
    assert (again.status_code, again.headers["location"]) == (202, place)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(receiver.received) == 1
    other = program.post("note", json={"order": 8, "note": "a"}, headers=headers)
    assert other.status_code == 422
    assert code_of(other) == "idempotency-key-reused"


@pytest.mark.parametrize("form", ["json", "form", "xml"])
def test_parameters_come_as_json_form_or_xml_with_every_digit(
    house: LinkHouse, receiver: Receiver, form: str
) -> None:
    text = 'Zoë\n<b>&amp; "1.50" \U0001f600'
    body, media = {
        "json": (orjson.dumps({"order": 7, "note": text}), "application/json"),
        "form": (None, None),
        "xml": (
            etree.tostring(_note(text), encoding="utf-8", xml_declaration=True),
            "application/xml",
        ),
    }[form]
    program = house.asker("ingrid", "integrator")
    headers = {"idempotency-key": form}
    if body is None:
        answer = program.post("note", data={"order": "7", "note": text}, headers=headers)
    else:
        headers |= {"content-type": str(media)}
        answer = program.post("note", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert etree.fromstring(answer.content).findtext("status") == "waiting", "XML is usual here"
    written(house, receiver)
    [request] = receiver.received
    assert orjson.loads(request.body) == {"order": 7, "note": text}


def _note(text: str) -> etree._Element:  # pyright: ignore[reportPrivateUsage]
    root = etree.Element("note")
    etree.SubElement(root, "order").text = "7"
    etree.SubElement(root, "note").text = text
    return root


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"order": [1], "note": "x"}', "application/json", 422),
        (b'{"order": 7, "note": "\\ud800"}', "application/json", 400),
        (b'{"order": 7, "note": "a\\u0000b"}', "application/json", 422),
        (b'{"order": 7, "note": null}', "application/json", 422),
        (b"order=7&order=8&note=x", "application/x-www-form-urlencoded", 400),
        (b"order=7&note=%ff", "application/x-www-form-urlencoded", 400),
        (b"<a><order>7</order>", "application/xml", 400),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><a><note>&e;</note></a>", "application/xml", 400),
        (b"<a><order>7</order><note><b/></note></a>", "application/xml", 422),
        (b"order: 7", "application/yaml", 415),
        (b'{"order": 7, "note": "x", "more": 1}', "application/json", 422),
    ],
    ids=str,
)
def test_a_body_that_says_no_parameters_is_refused_by_name(
    house: LinkHouse, content: bytes, media: str, status: int
) -> None:
    program = house.asker("ingrid", "integrator")
    headers = {"idempotency-key": "k", "content-type": media, "accept": "application/json"}
    answer = program.post("note", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    code_of(answer)


def test_a_write_without_a_key_or_right_is_refused(house: LinkHouse) -> None:
    program = house.asker("ingrid", "integrator")
    body = {"order": 7, "note": "x"}
    answer = program.post("note", json=body, headers={"accept": "application/json"})
    assert answer.status_code == 428
    assert code_of(answer) == "idempotency-key-required"
    agent = house.asker("grace", "agent")
    answer = agent.post("note", json=body, headers={"idempotency-key": "k"})
    assert answer.status_code == 403
    assert house.program().post("note", json=body).status_code == 401


def test_nobody_follows_the_write_of_another_department(
    house: LinkHouse, receiver: Receiver
) -> None:
    program = house.asker("ingrid", "integrator")
    assert post(program, "mine")[0] == 202
    elsewhere = house.house.department("Sales")
    other = house.asker("olaf", "integrator", department_id=elsewhere)
    assert post(other, "theirs")[0] == 202
    rows = house.house.program(house.house.key("olaf")).get("/link-writes").json()["items"]
    assert [row["idempotency_key"] for row in rows] == ["theirs"]
    mine = house.house.program(house.house.key("ingrid")).get("/link-writes").json()["items"]
    assert [row["idempotency_key"] for row in mine] == ["mine"]
    headers = {"accept": "application/json"}
    key = mine[0]["link_write_id"]
    assert other.get(f"note/writes/{key}", headers=headers).status_code == 404
    assert program.get(f"note/writes/{key}", headers=headers).status_code == 200
    assert post(other, "mine")[0] == 422, "a key is of one asker"


def test_dead_writes_are_replayed_in_the_api(house: LinkHouse, receiver: Receiver) -> None:
    receiver.answer = lambda _request: (400, {}, b"")
    program = house.asker("ingrid", "integrator")
    post(program)
    written(house, receiver)
    rest = house.house.program(house.house.key("ingrid"))
    [row] = rest.get("/link-writes?status=dead").json()["items"]
    receiver.answer = lambda _request: (200, {}, b"")
    place = f"/link-writes/{row['link_write_id']}"
    answer = rest.post(f"{place}/replay")
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "waiting"
    assert rest.post(f"{place}/replay").status_code == 409
    written(house, receiver)
    assert rest.get(place).json()["status"] == "written"
    assert rest.post("/link-writes/999/replay").status_code == 404


def test_links_and_their_calls_are_listed_in_the_api(house: LinkHouse) -> None:
    house.customer()
    house.shop([(1, "Ada", "gold", "ada@example.org")])
    house.file("bad.yaml", "titel: x")
    house.ask()
    house.links.journal.flush()
    rest = house.house.asker("supe", "supervisor")
    found = {row["link"]: row for row in rest.get("/data-links").json()["items"]}
    assert found["customer"]["is_active"] is True
    assert "line 1" in found["bad"]["fault"]
    assert "breach" not in found["customer"]
    said = rest.get("/data-links/customer").json()
    assert [field["name"] for field in said["fields"]] == ["number", "name", "tier"]
    assert rest.get("/data-links/nothing").status_code == 404
    assert rest.get("/link-calls?link=customer").status_code == 200
    caller = house.asker("grace", "agent")
    assert caller.get("customer?email=ada@example.org").status_code == 200
    house.links.journal.flush()
    own = house.house.program(house.house.key("grace"))
    assert own.get("/link-calls").status_code == 403


def test_the_service_writes_what_was_taken(house: LinkHouse, receiver: Receiver) -> None:
    program = house.asker("ingrid", "integrator")
    for number in range(5):
        assert post(program, f"k{number}", order=number)[0] == 202
    of_writes = WritingHouse(house.place, house.place.lodge, receiver, now=utc_now())
    assert process.build is not None
    writer = process.build(house.place.lodge, "link_writer")
    assert isinstance(writer, LinkWriter)
    MovedWriter(of_writes, writer).work()
    writer.close()
    assert len(receiver.received) == 5
