"""A link to a file: found where it may be, read whole or not at all, its rows chosen."""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from fixtures.receiver import Received, Receiver, receiving
from links.http_links import Asked, Asking, asking_in
from links.workbooks import number, xlsx
from lodge_adapters.access.file import FileSource
from lodge_adapters.access.file_content import LocalFile
from lodge_adapters.access.source import (
    Batch,
    BrokenSourceError,
    SlowSourceError,
    TooLargeError,
)
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.settings import Settings

ANSWER = """
answer:
  fields:
    - {name: number, from: id, type: integer, term: Its number.}
    - {name: name, term: Its name.}
"""
PARAMETERS = """
- {name: number, type: integer, term: A number.}
- {name: name, term: A name.}
"""
CSV = b"id,name\n7,Ada\n8,Bob\n07,Cy\nx,Di\n"
LIMITED = "limits: {bytes: 1000}"


@dataclass
class Files:
    """Links to files of one house."""

    asking: Asking
    kept: Path
    opened: list[FileSource]

    def link(self, access: str, *, allowed: str = "", **more: str) -> Asked:
        """A link of the kind file."""
        lines = "\n".join(f"    {line}" for line in access.splitlines())
        more = {"answer": ANSWER, "parameters": PARAMETERS} | more
        link = self.asking.link(f"file:\n{lines}", allowed=allowed, **more)
        source = FileSource("shop", link, self.asking.lodge, self.asking.folder)
        self.opened.append(source)
        return Asked(cast("Any", source), link, self.asking)

    def write(self, name: str, content: bytes) -> Path:
        """A file below `link-files`."""
        path = self.kept / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


@pytest.fixture
def files(sqlite_settings: Settings, tmp_path: Path) -> Generator[Files]:
    """Links whose own folder is beside the home, not in it."""
    folder = tmp_path / "own"
    folder.mkdir()
    with asking_in(sqlite_settings, folder) as asking:
        files = Files(asking, sqlite_settings.home / "link-files", [])
        yield files
        for source in files.opened:
            source.close()


@pytest.fixture
def shop() -> Generator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_a_file_below_link_files_or_beside_the_link_is_read(files: Files) -> None:
    link = files.link("format: csv\npath: prices/shop.csv")
    with pytest.raises(TryAgainError, match=r"file:shop\.csv is not there; it belongs below"):
        link.rows()
    beside = files.asking.folder / "prices" / "shop.csv"
    beside.parent.mkdir()
    beside.write_bytes(b"id,name\n1,beside\n")
    assert link.rows() == [{"id": "1", "name": "beside"}]
    files.write("prices/shop.csv", CSV)
    assert [row["name"] for row in link.rows()] == ["Ada", "Bob", "Cy", "Di"]
    assert link.source.place == "file:shop.csv"


@pytest.mark.parametrize("path", ["../shop.csv", "/etc/passwd", "a/../../shop.csv"])
def test_a_path_that_leads_elsewhere_is_a_fault_of_the_link(files: Files, path: str) -> None:
    with pytest.raises(SetUpError, match="leads elsewhere; allowed: one below `link-files`"):
        files.link(f"format: csv\npath: {path!r}")


def test_links_are_followed_within_the_folder_and_not_out_of_it(
    files: Files, tmp_path: Path
) -> None:
    files.write("real.csv", CSV)
    (tmp_path / "secret.csv").write_bytes(CSV)
    (files.kept / "near.csv").symlink_to("real.csv")
    (files.kept / "far.csv").symlink_to(tmp_path / "secret.csv")
    (files.kept / "folder").symlink_to(tmp_path)
    (files.kept / "circle.csv").symlink_to("circle.csv")
    assert len(files.link("format: csv\npath: near.csv").rows()) == 4
    for path in ("far.csv", "folder/secret.csv"):
        with pytest.raises(SetUpError, match=r"it is a link that leads out of link-files$"):
            files.link(f"format: csv\npath: {path}").rows()
    with pytest.raises((SetUpError, TryAgainError), match=r"file:circle\.csv"):
        files.link("format: csv\npath: circle.csv").rows()


def test_what_is_no_file_is_not_waited_for(files: Files) -> None:
    files.write("folder/a.csv", CSV)
    os.mkfifo(files.kept / "pipe.csv")
    for path in ("folder", "pipe.csv"):
        with pytest.raises(SetUpError, match="is no file"):
            files.link(f"format: csv\npath: {path}").rows()


def test_a_file_of_the_file_server_is_read_by_its_key(files: Files) -> None:
    key = files.asking.lodge.files.put(CSV)
    link = files.link(f"format: csv\nkey: {key}")
    assert len(link.rows()) == 4
    assert link.source.place == f"file:{key[:12]}"
    with pytest.raises(TryAgainError, match=r"file:000000000000 is not there"):
        files.link(f"format: csv\nkey: '{'0' * 64}'").rows()
    with pytest.raises(SetUpError, match="is no SHA-256"):
        files.link("format: csv\nkey: ../../passwd")


def test_a_file_is_fetched_by_the_guarded_client(files: Files, shop: Receiver) -> None:
    """S-13: without an allow-list nothing inside is called."""
    shop.answer = lambda _request: (200, {"content-type": "text/csv"}, CSV)
    access = f"format: csv\nurl: {shop.url('/shop.csv')}"
    link = files.link(access, allowed=shop.where)
    assert len(link.rows()) == 4
    assert link.source.place == shop.where
    with pytest.raises(RefusedError):
        files.link(access).rows()


def test_a_fetched_file_is_whole_before_its_first_row(files: Files, shop: Receiver) -> None:
    def cut(_request: Received) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: 90000\r\n\r\n"
        yield b"id,name\n" + b"7,Ada\n" * 5000

    shop.answer = cut
    link = files.link(f"format: csv\nurl: {shop.url()}", allowed=shop.where)
    with pytest.raises(BrokenSourceError, match="cut off"):
        next(link.each())


def test_a_fetched_workbook_is_read_as_one_on_disk(files: Files, shop: Receiver) -> None:
    book = xlsx({"Prices": [["id", "name"], [number(7), "Ada"]]})
    shop.answer = lambda _request: (200, {"content-type": "application/octet-stream"}, book)
    link = files.link(f"format: excel\nurl: {shop.url()}\nsheet: Prices", allowed=shop.where)
    assert link.rows() == [{"id": 7, "name": "Ada"}]


def test_more_bytes_than_the_limit_are_not_read(files: Files, shop: Receiver) -> None:
    large = b"id,name\n" + b"7,Ada\n" * 200
    files.write("shop.csv", large)
    key = files.asking.lodge.files.put(large)
    shop.answer = lambda _request: (200, {"content-type": "text/csv"}, large)
    for access in ("path: shop.csv", f"key: {key}", f"url: {shop.url()}"):
        link = files.link(f"format: csv\n{access}", allowed=shop.where, more=LIMITED)
        with pytest.raises(TooLargeError, match="larger than 1000 bytes"):
            link.rows()


@pytest.mark.parametrize(
    ("where", "given", "names"),
    [
        ("{number: number}", {"number": 7}, ["Ada", "Cy"]),
        ("{number: number}", {"number": 9}, []),
        ("{number: number}", {}, []),
        ("{name: name}", {"name": "Bob"}, ["Bob"]),
        ("{name: name, number: number}", {"name": "Ada", "number": 8}, []),
        ("{number: name}", {"name": "7"}, ["Ada", "Cy"]),
        ("{number: name}", {"name": "seven"}, []),
    ],
)
def test_rows_are_chosen_by_the_values_of_their_types(
    files: Files, where: str, given: dict[str, Any], names: list[str]
) -> None:
    files.write("shop.csv", CSV)
    link = files.link(f"format: csv\npath: shop.csv\nwhere: {where}")
    assert [row["name"] for row in link.rows(**given)] == names


def test_a_column_that_is_gone_shows_even_where_no_row_is_chosen(files: Files) -> None:
    files.write("shop.csv", b"name\nAda\n")
    link = files.link("format: csv\npath: shop.csv\nwhere: {number: number}")
    found = list(link.source.batches(link.values({"number": 7}), link.context()))
    assert {batch.columns for batch in found} == {("name",)}
    assert sum(len(batch.rows) for batch in found) == 0


def test_a_file_that_changes_while_it_is_read_is_asked_for_again(files: Files) -> None:
    path = files.write("shop.csv", b"id,name\n" + b"7,Ada\n" * 40_000)
    link = files.link("format: csv\npath: shop.csv")

    def read(change: Callable[[], object]) -> list[Batch]:
        coming = iter(link.source.batches(link.values({}), link.context()))
        found = [next(coming)]
        change()
        return found + list(coming)

    with pytest.raises(TryAgainError, match=r"file:shop\.csv changed while it was read"):
        read(lambda: path.write_bytes(CSV))
    path.write_bytes(b"id,name\n" + b"7,Ada\n" * 40_000)

    def replace() -> None:
        path.with_suffix(".new").write_bytes(CSV)
        path.with_suffix(".new").replace(path)

    assert sum(len(batch.rows) for batch in read(replace)) == 40_000


def test_a_read_that_takes_too_long_ends_with_the_call(files: Files) -> None:
    files.write("shop.csv", CSV)
    with pytest.raises(SlowSourceError, match="out of time"):
        files.link("format: csv\npath: shop.csv").rows(seconds=-1)


def test_lines_that_were_left_out_are_noted(files: Files) -> None:
    files.write("shop.csv", b"id,name\n7,Ada\n8\n")
    link = files.link("format: csv\npath: shop.csv\ncsv: {bad_lines: discard}")
    context = link.context()
    assert sum(len(one.rows) for one in link.source.batches(link.values({}), context)) == 1
    assert context.notes == [
        "file:shop.csv: 1 line left out, first line 3: 1 cells where there are 2 columns"
    ]


def test_what_is_compressed_is_refused_with_what_it_is(files: Files) -> None:
    for name, content in (("a.csv", b"\x1f\x8b\x08\x00"), ("b.csv", b"PK\x03\x04abc")):
        files.write(name, content)
        with pytest.raises(BrokenSourceError, match=rf"file:{name}: it is compressed"):
            files.link(f"format: csv\npath: {name}").rows()


def test_a_recorded_call_is_replayed_without_the_file(files: Files) -> None:
    path = files.write("shop.csv", CSV)
    link = files.link("format: csv\npath: shop.csv\nwhere: {number: number}")
    recorded = link.record(number=7)
    assert b"Bob" not in recorded
    path.unlink()
    assert [row["name"] for row in link.replay(recorded, number=7)] == ["Ada", "Cy"]


def test_a_file_is_not_written(files: Files) -> None:
    with pytest.raises(SetUpError, match="a file is only read"):
        files.link("format: csv\npath: shop.csv").write()


def test_a_stylesheet_beside_the_link_transforms_the_file(files: Files) -> None:
    files.write("shop.xml", b"<feed><e k='7'>Ada</e></feed>")
    (files.asking.folder / "shop.xsl").write_text(
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        '<xsl:template match="/"><l><xsl:for-each select="//e"><o><id><xsl:value-of select="@k"/>'
        '</id><name><xsl:value-of select="."/></name></o></xsl:for-each></l></xsl:template>'
        "</xsl:stylesheet>"
    )
    answer = ANSWER.replace("answer:\n", "answer:\n  xslt: shop.xsl\n  rows: /l/o\n")
    link = files.link("format: xml\npath: shop.xml", answer=answer)
    assert link.rows() == [{"id": "7", "name": "Ada"}]


def test_a_slip_in_a_path_shows_when_the_link_is_opened(files: Files) -> None:
    for format, path in (("json", "$.orders["), ("xml", "/list/["), ("json_lines", "orders")):
        answer = ANSWER.replace("answer:\n", f"answer:\n  rows: {path!r}\n")
        with pytest.raises(SetUpError, match=r"is no (JSONPath|XPath)"):
            files.link(f"format: {format}\npath: a", answer=answer)
    answer = ANSWER.replace("from: id", "from: 's:id[@a]/b'")
    files.link("format: xml\npath: a", answer=answer)


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(SetUpError, match="leads elsewhere"):
        LocalFile("a\x00b", [])
