"""XML of other people that is broken, dangerous or endless: refused with a clear word."""

import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from clients.test_xml_suites import FIFTH_EDITION, files_of
from links.documents import batches, field, only, rows, stream
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.language import Format

XML = Format.XML
_BEFORE = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)


def test_the_conformance_suite_is_refused_with_a_clear_word(shared_data: Path) -> None:
    """S-14: not well-formed or with a document type, each is refused in words of its own."""
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    with zipfile.ZipFile(shared_data / "xmlts20130923.zip") as archive:
        for name, kind, content in files_of(archive):
            streamed, held = (_refusal(content, path) for path in (None, "//*"))
            is_broken = kind == "not-wf" and name not in FIFTH_EDITION
            if (is_broken and streamed is None) or (streamed is None) != (held is None):
                wrong.append(name)
            if _has_type(content) and streamed is None:
                wrong.append(f"{name}: its document type is taken")
            seen["refused" if streamed else "taken"] += 1
            seen["typed"] += "document type is not taken" in (streamed or "")
            if kind == "not-wf":
                seen["not well-formed"] += 1
    assert wrong == []
    assert seen["not well-formed"] > 1400
    assert seen["typed"] > 1900
    assert seen["taken"] < 100


def _refusal(content: bytes, path: str | None) -> str | None:
    try:
        rows(content, XML, field("x"), rows=path)
    except BrokenSourceError as error:
        said = str(error)
        is_clear = "not well-formed XML: " in said or "is not taken" in said or "byte order" in said
        return said if is_clear else None
    return None


def _has_type(content: bytes) -> bool:
    plain = content.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")
    return _BEFORE.sub(b"", plain).lstrip().startswith(b"<!DOCTYPE ")


def test_bombs_are_refused_before_they_go_off() -> None:
    """S-14: entities of every kind, depth, attributes."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    bombs = [
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]><a><b>&l29;</b></a>',
        f'<!DOCTYPE a [<!ENTITY l "{"l" * 100_000}">]><a><b>{"&l;" * 100_000}</b></a>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/x.dtd"> %b;]><a/>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a><b>&x;</b></a>',
    ]
    for bomb in bombs:
        with pytest.raises(BrokenSourceError, match="a document type is not taken"):
            rows(bomb.encode(), XML, field("x"))
    deep = [b"<a>" * 500_000, b"<a>" * 250 + b"</a>" * 250]
    for content in deep:
        for path in (None, "//x"):
            with pytest.raises(BrokenSourceError, match=r"deeper than 200|depth"):
                rows(content, XML, field("x"), rows=path)
    wide = b"<a><b " + b" ".join(b"a%d='1'" % number for number in range(100_000)) + b"/></a>"
    with pytest.raises(BrokenSourceError, match=r"attributes|length|long"):
        rows(wide, XML, field("x"))


def test_an_inclusion_is_an_element_like_any_other() -> None:
    """S-14: no XInclude."""
    said = (
        b"<l xmlns:xi='http://www.w3.org/2001/XInclude'>"
        b"<o><xi:include href='file:///etc/hostname' parse='text'/></o></l>"
    )
    assert rows(said, XML, field("x")) == [{"x": None, "include": ""}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><body><br></body></html>", "expected XML, found a page of HTML"),
        (b"<!doctype html><html></html>", "expected XML, found a page of HTML"),
        (b'{"a": 1}', r"""expected XML, found '\{"a": 1\}'"""),
        (b"", "found nothing"),
        (b"<list>\n<order>\n<a>", "shop line 3: not well-formed XML"),
        (b"<list>\n<a>&nbsp;</a></list>", "line 2: not well-formed XML: Entity 'nbsp' not defined"),
        (b"<list>\n<x:a/></list>", "line 2: .*prefix x on a is not defined"),
        (b"<list/><list/>", "not well-formed XML: Extra content"),
        (b"<other/>", "shop line 1: expected the root element list, found other"),
        (b"<?xml version='1.1'?><list/>", "XML 1.1 is not taken; allowed: 1.0"),
        (b"<list>\xff</list>", "not well-formed XML"),
    ],
)
def test_what_is_no_such_xml_is_refused_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(BrokenSourceError, match=said):
        rows(content, XML, field("x"), rows="/list/order")


def test_rows_before_a_cut_are_given_out_and_then_it_is_said() -> None:
    coming = batches(stream(b"<o><a>1</a></o>", 2500, head=b"<l>"), XML, field("a"))
    found: list[int] = []

    def take() -> None:
        for batch in coming:
            found.append(len(batch.rows))

    with pytest.raises(BrokenSourceError, match="shop line 1: not well-formed XML"):
        take()
    assert found == [1000, 1000]


_READING = """
import resource, sys
from links.documents import batches, field, stream
from lodge_adapters.language import Format

row = b"<o id='7'><name>Ada</name><note>" + b"x" * 2000 + b"</note><junk><z/></junk></o>"
said = stream(row, int(sys.argv[1]), head=b"<l>", tail=b"</l>")
fields = field("id", "@id"), field("name"), field("note"), field("z", "junk/z")
rows = sum(len(one.rows) for one in batches(said, Format.XML, *fields, rows="/l/o"))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_memory_is_flat_however_many_rows_there_are() -> None:
    def peak(count: int) -> int:
        done = subprocess.run(
            [sys.executable, "-c", _READING, str(count)],
            check=True,
            capture_output=True,
            env={"PYTHONPATH": str(Path(__file__).parents[1])},
            text=True,
        )
        rows_read, megabytes = map(int, done.stdout.split())
        assert rows_read == count
        return megabytes

    assert peak(30_000) < peak(3_000) + 20  # the document grows by 55 MB


def test_one_row_may_not_be_the_whole_world() -> None:
    endless = stream(b"<a/>" * 1000, 101, head=b"<l><o>", tail=b"</o></l>")
    with pytest.raises(TooLargeError, match="more than 100000 elements in one row"):
        rows(endless, XML, field("x"), rows="/l/o")
    with pytest.raises(TooLargeError, match="shop: larger than"):
        rows(stream(b"<a/>" * 10_000, 2000, head=b"<l>", tail=b"</l>"), XML, rows="//a")


def test_declared_encodings_are_read_and_contradictions_refused() -> None:
    for encoding in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
        said = f"<?xml version='1.0' encoding='{encoding}'?><l><o><a>é</a></o></l>"
        assert only(rows(said.encode(encoding), XML, field("a"))) == {"a": "é"}, encoding
    marked = b"\xef\xbb\xbf<?xml version='1.0' encoding='iso-8859-1'?><l/>"
    with pytest.raises(BrokenSourceError, match="byte order mark says utf-8, the declaration"):
        rows(marked, XML, field("a"))
