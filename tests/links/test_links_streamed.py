"""Long answers in pieces over the real server: whole, held back by their reader, ended with it."""

import json
from collections.abc import Generator

import pytest
from lxml import etree

from fixtures.waiting import soon
from fixtures.workplace import Workplace
from links.asking_house import LinkHouse, opened, parsed


@pytest.fixture
def house(sqlite_workplace: Workplace) -> Generator[LinkHouse]:
    """The house on SQLite, with numbers without end, and Grace, an agent."""
    for house in opened(sqlite_workplace):
        house.counting()
        house.house.person("grace", "agent")
        yield house


def test_a_short_answer_has_its_length_and_a_long_one_comes_in_pieces(house: LinkHouse) -> None:
    with house.served(house.house.key("grace")) as client:
        short = client.get("numbers?most=1000")
        assert short.headers["content-length"] == str(len(short.content))
        assert "etag" in short.headers
        long = client.get("numbers?most=30000")
        assert "content-length" not in long.headers
        assert "etag" not in long.headers
        found = parsed(long.content)
        assert [int(one.text) for one in found.iter("number")] == list(range(1, 30001))
        assert dict(found.find("end").attrib) == {
            "rows": "30000",
            "discarded": "0",
            "truncated": "false",
        }
        schema = etree.XMLSchema(parsed(client.get("numbers/schema.xsd").content))
        assert schema.validate(found)
        said = json.loads(client.get("numbers?most=30000&format=json").content)
        assert [row["number"] for row in said["rows"]] == list(range(1, 30001))
        head = client.head("numbers?most=30000")
        assert (head.status_code, head.content) == (200, b"")
    assert soon(lambda: [call.row_count for call in house.calls()][:3] == [1000, 30000, 30000])
    assert house.calls()[1].byte_count > 1_000_000


def test_a_reader_who_goes_away_ends_the_sources_call(house: LinkHouse) -> None:
    with house.served(house.house.key("grace")) as client:
        with client.stream("GET", "numbers") as answer:
            assert next(answer.iter_bytes()).startswith(b"<?xml")
        # One at once: had the first call not ended, this one would have no turn.
        assert client.get("numbers?most=5").status_code == 200
    assert soon(lambda: len(house.calls()) == 2)
    gone = next(call for call in house.calls() if call.detail)
    assert (gone.outcome, gone.detail) == ("answered", "the reader went away")
    assert house.state("numbers").failure is None


def test_a_reader_who_stops_reading_holds_the_source_back(house: LinkHouse) -> None:
    house.counting(seconds=0.5)
    with house.served(house.house.key("grace")) as client:
        with client.stream("GET", "numbers") as answer:
            pieces = answer.iter_raw()  # closed when it is let go of
            next(pieces)
            # It is held back until patience ends, not read on into memory.
            assert soon(lambda: house.links.asks.running() == 0)
        assert soon(lambda: client.get("numbers?most=5").status_code == 200)
    assert soon(lambda: len(house.calls()) >= 2)
    call = next(call for call in house.calls() if call.detail)
    assert "took nothing" in call.detail or "went away" in call.detail
    assert call.byte_count < 60_000_000


def test_what_breaks_on_the_way_is_told_in_the_place_of_the_end(house: LinkHouse) -> None:
    path = house.counting()
    text = path.read_text("utf-8").replace("select n, 'the", "select nullif(n, 20000) as n, 'the")
    house.file("numbers.yaml", text)
    with house.served(house.house.key("grace")) as client:
        answer = client.get("numbers?most=30000")
        assert answer.status_code == 200
        found = parsed(answer.content)
        assert found.find("end") is None
        assert found.findtext("error/type") == "/api/v1/problems/source-broken"
        schema = etree.XMLSchema(parsed(client.get("numbers/schema.xsd").content))
        assert schema.validate(found)
        said = client.get("numbers?most=30000&format=json").json()
        assert said["error"]["status"] == 502
        assert "end" not in said
    assert house.outcomes() == ["broken", "broken"]


def test_an_endless_answer_ends_at_the_links_limits(house: LinkHouse) -> None:
    path = house.counting()
    text = path.read_text("utf-8")
    house.file("numbers.yaml", text.replace("bytes: 10000000000", "bytes: 3000000"))
    house.file("few.yaml", text.replace("rows: 100000000", "rows: 20000"))
    with house.served(house.house.key("grace")) as client:
        large = parsed(client.get("numbers").content)
        assert large.findtext("error/type") == "/api/v1/problems/answer-too-large"
        few = parsed(client.get("few").content)
        assert few.find("end").get("truncated") == "true"
        assert len(few.findall("row")) == 20000
