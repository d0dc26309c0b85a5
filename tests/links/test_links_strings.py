"""Attack strings and odd texts as parameters of a link to SQLite: values, and nothing else. S-27.

XML has no way to write most control characters: a value that holds one is escaped and marked
`escaped="true"`, so that it comes back unchanged all the same.
"""

import json
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from lxml import etree

from fixtures.workplace import Workplace
from links.asking_house import LinkHouse, opened, parsed
from lodge_platform.api.xml_words import unescaped

ECHO = """
title: Echo
term: What was given.
parameters:
  - {{name: said, required: true, longest: 10000, term: Any text.}}
access:
  sql:
    url: sqlite:///{database}
    select: select :said as said, length(cast(:said as blob)) as bytes
answer:
  fields:
    - {{name: said, required: true, term: The same text.}}
    - {{name: bytes, type: integer, required: true, term: How many bytes the source had of it.}}
callers: {{roles: [agent]}}
limits: {{at_once: 16}}
{more}
"""


@pytest.fixture
def client(sqlite_workplace: Workplace) -> Generator[httpx.Client]:
    """A program that asks the real server."""
    for house in opened(sqlite_workplace):
        house.shop([])
        house.file("echo.yaml", ECHO.format(database=house.database, more=""))
        house.house.person("grace", "agent")
        with house.served(house.house.key("grace", now=None)) as client:
            yield client
        refuse_damage(house)


def refuse_damage(house: LinkHouse) -> None:
    """The shop is as it was."""
    import sqlite3

    connection = sqlite3.connect(house.database)
    assert connection.execute("select name from sqlite_master").fetchall() == [("customers",)]
    connection.close()


def cases(shared_data: Path, folder: str) -> list[str]:
    """Every string of a set, some of the larger one: the same in every run."""
    lines = (shared_data / folder / "cases.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["s"] for line in lines]
    step = max(1, len(texts) // 600)
    return list(dict.fromkeys(texts[::step]))


def is_sendable(text: str) -> bool:
    """Whether it fits an address at all, and a text of ours."""
    try:
        length = len(httpx.QueryParams({"said": text}).__str__())
    except UnicodeEncodeError:
        return False
    return length < 7000 and "\0" not in text


@pytest.mark.parametrize("folder", ["naughty_strings", "injection_strings"])
def test_a_string_comes_back_unchanged_and_breaks_nothing(
    client: httpx.Client, shared_data: Path, folder: str
) -> None:
    sent = 0
    for text in filter(is_sendable, cases(shared_data, folder)):
        answer = client.get("echo", params={"said": text, "format": "json"})
        assert answer.status_code == 200, (text, answer.text)
        [row] = answer.json()["rows"]
        assert row == {"said": text, "bytes": len(text.encode())}
        answer = client.get("echo", params={"said": text})
        assert answer.status_code == 200, (text, answer.text)
        said = parsed(answer.content).find("row/said")
        found = said.text or ""
        assert (unescaped(found) if said.get("escaped") else found) == text
        sent += 1
    assert sent > 200


def test_what_no_text_can_be_is_refused_as_a_parameter(client: httpx.Client) -> None:
    for query in (
        "said=%00",
        "said=a%00b",
        "said=%ff%fe",
        "said=%ed%a0%80",
        "said=" + "x" * 10_001,
    ):
        answer = client.get(f"echo?{query}")
        assert 400 <= answer.status_code < 500, (query[:20], answer.status_code)


def test_control_characters_are_escaped_in_xml_and_marked(client: httpx.Client) -> None:
    text = "a\x01b\\c\x1f\ufffe\r\n\t"
    answer = client.get("echo", params={"said": text})
    said = parsed(answer.content).find("row/said")
    assert said.get("escaped") == "true"
    assert "\\u0001" in said.text
    assert unescaped(said.text) == text
    schema = etree.XMLSchema(parsed(client.get("echo/schema.xsd").content))
    assert schema.validate(parsed(answer.content))
    assert client.get("echo", params={"said": text, "format": "json"}).json()["rows"] == [
        {"said": text, "bytes": len(text.encode())}
    ]


@pytest.mark.parametrize("name", ["said", "nothing", "format", "Said", "said[]", "", "said.x"])
def test_names_of_parameters_are_never_more_than_names(client: httpx.Client, name: str) -> None:
    for value in ("' or 1=1 --", "{said}", ":said", "%(said)s", "x\x07"):
        answer = client.get("echo", params={name: value})
        assert answer.status_code in (200, 400, 422)
