"""What other people wrote to break readers of XML: refused, and the server lives."""

import json
import re
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, normpath

from lxml import etree

from api.house import House
from clients.conftest import XML, schema_served
from lodge_platform.api.bodies import is_keepable
from lodge_platform.api.xml_words import text, unescaped

SENT = XML | {"content-type": "application/xml"}
# Not well-formed up to the fourth edition of XML 1.0 only; the fifth allows these names.
FIFTH_EDITION = {"rmt-016", "rmt-019"}
_TEST = re.compile(r"<TEST\s([^>]*)>")
_ATTRIBUTE = re.compile(r"""(\w+)\s*=\s*["']([^"']*)["']""")


def files_of(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, bytes]]:
    """Name, kind and bytes of every test that the suite's catalogues name."""
    there = set(archive.namelist())
    for name in sorted(there):
        said = archive.read(name) if name.endswith(".xml") else b""
        if b"<TESTCASES" not in said:
            continue
        for found in _TEST.finditer(said.decode("utf-8", "replace")):
            given = dict(_ATTRIBUTE.findall(found[1]))
            path = normpath(f"{dirname(name)}/{given['URI']}")
            if path in there:
                yield given["ID"], given["TYPE"], archive.read(path)


def test_the_conformance_suite_is_refused_and_nothing_breaks(
    sqlite_small_house: House, shared_data: Path
) -> None:
    program = sqlite_small_house.asker("sue", "supervisor")
    seen: Counter[tuple[str, int]] = Counter()
    wrong: list[str] = []
    with zipfile.ZipFile(shared_data / "xmlts20130923.zip") as archive:
        for name, kind, content in files_of(archive):
            answer = program.post("/cases", content=content, headers=SENT)
            seen[kind, answer.status_code] += 1
            if answer.status_code not in (400, 422):
                wrong.append(f"{name}: {answer.status_code}")
            if kind == "not-wf" and answer.status_code != 400 and name not in FIFTH_EDITION:
                wrong.append(f"{name} is not well-formed: {answer.status_code}")
    assert wrong == []
    assert seen["not-wf", 400] > 1000


def test_bombs_and_depths_are_refused_at_once(sqlite_small_house: House) -> None:
    program = sqlite_small_house.asker("sue", "supervisor")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    bombs = [
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]><open_case>&l29;</open_case>',
        f'<!DOCTYPE a [<!ENTITY l "{"l" * 100_000}">]><open_case>{"&l;" * 100_000}</open_case>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/x.dtd"> %b;]><open_case/>',
        "<a>" * 500_000,
        "<open_case " + " ".join(f'a{n}="1"' for n in range(100_000)) + "/>",
        "<open_case>" + "<a/>" * 400_000 + "</open_case>",
        "<" + "a" * 1_900_000 + "/>",
        "<open_case>" + "&#65;" * 300_000 + "</open_case>",
    ]
    begun = time.monotonic()
    for bomb in bombs:
        answer = program.post("/cases", content=bomb.encode(), headers=SENT)
        assert answer.status_code in (400, 422), bomb[:60]
        assert len(answer.content) < 100_000
    assert time.monotonic() - begun < 60  # none of them takes long; all of them together neither
    too_large = b"<open_case>" + b" " * 2_000_000 + b"</open_case>"
    assert program.post("/cases", content=too_large, headers=SENT).status_code == 413


def test_naughty_strings_come_back_through_xml_as_they_went_in(
    sqlite_small_house: House, shared_data: Path
) -> None:
    program = sqlite_small_house.asker("sue", "supervisor")
    lines = (shared_data / "naughty_strings" / "cases.jsonl").read_text("utf-8").splitlines()
    naughty = (json.loads(line)["s"] for line in lines)
    words = {word[:200] for word in naughty if word and is_keepable(word)}
    key = sqlite_small_house.case()
    schema = schema_served(program)
    for word in words:
        said, mark = text(word)
        body = f"<edit_case><subject{mark}>{said}</subject></edit_case>".encode()
        done = program.patch(f"/cases/{key}", content=body, headers=SENT | {"if-match": "*"})
        assert done.status_code == 200, (word, done.text)
        document = etree.fromstring(done.content)
        schema.assertValid(document)
        subject = document.find("{urn:lodge:api:1}subject")
        assert subject is not None
        found = subject.text or ""
        assert (unescaped(found) if subject.get("escaped") else found) == word
        assert program.get(f"/cases/{key}").json()["subject"] == word
