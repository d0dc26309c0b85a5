"""XSLT of a link: it transforms, and can do nothing else, nor do it for ever."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest

from links.documents import field, rows
from lodge_adapters.access.source import BrokenSourceError, SlowSourceError, TooLargeError
from lodge_adapters.documents.xslt import transformed
from lodge_adapters.language import Format, Type
from lodge_platform.errors import SetUpError

_SPACE = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'
_EXTRA = 'xmlns:exsl="http://exslt.org/common" extension-element-prefixes="exsl"'
SOURCE = b"<feed><entry k='1'><t>One</t></entry><entry k='2'><t>Two</t></entry></feed>"
CALL = '<xsl:call-template name="x"/>'
DOUBLING = """
<xsl:template match="/"><r><xsl:call-template name="more"/></r></xsl:template>
<xsl:template name="more"><xsl:param name="left" select="900"/>
  <xsl:if test="$left &gt; 0">
    <xsl:call-template name="more">
      <xsl:with-param name="left" select="$left - 1"/>
    </xsl:call-template>
    <xsl:call-template name="more">
      <xsl:with-param name="left" select="$left - 1"/>
    </xsl:call-template>
  </xsl:if>
</xsl:template>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a link."""
    return tmp_path


def stylesheet(folder: Path, body: str, name: str = "shop.xsl") -> Path:
    """A stylesheet with these templates."""
    path = folder / name
    path.write_text(f'<xsl:stylesheet version="1.0" {_SPACE} {_EXTRA}>{body}</xsl:stylesheet>')
    return path


def root(body: str) -> str:
    """A template that makes one element of the document."""
    return f'<xsl:template match="/"><r>{body}</r></xsl:template>'


def test_rows_are_read_of_what_the_stylesheet_makes(folder: Path) -> None:
    stylesheet(
        folder,
        """<xsl:template match="/"><list><xsl:for-each select="//entry">
             <order number="{@k}"><name><xsl:value-of select="t"/></name></order>
           </xsl:for-each></list></xsl:template>""",
    )
    found = rows(
        SOURCE,
        Format.XML,
        field("number", "@number", Type.INTEGER),
        field("name"),
        rows="/list/order",
        xslt="shop.xsl",
        folder=folder,
    )
    assert found == [{"@number": "1", "name": "One"}, {"@number": "2", "name": "Two"}]


def test_a_stylesheet_may_include_files_beside_it_and_sees_when_they_change(folder: Path) -> None:
    own = stylesheet(folder, '<xsl:include href="common.xsl"/>')
    stylesheet(folder, root("one"), "common.xsl")
    assert transformed(SOURCE, own, "shop") == b"<r>one</r>"
    stylesheet(folder, root("and two"), "common.xsl")
    assert transformed(SOURCE, own, "shop") == b"<r>and two</r>"


@pytest.mark.parametrize(
    "href", ["../common.xsl", "/etc/passwd", "file:///etc/passwd", "sub/a.xsl"]
)
def test_a_stylesheet_includes_nothing_from_elsewhere(folder: Path, href: str) -> None:
    (folder / "links").mkdir()
    stylesheet(folder, root("secret"), "common.xsl")
    own = stylesheet(folder / "links", f'<xsl:import href="{href}"/>')
    with pytest.raises(SetUpError, match=r"shop\.xsl (it includes|there is no)"):
        transformed(SOURCE, own, "shop")


def test_a_link_out_of_the_folder_is_not_included(folder: Path) -> None:
    (folder / "links").mkdir()
    stylesheet(folder, root("secret"), "common.xsl")
    (folder / "links" / "near.xsl").symlink_to(folder / "common.xsl")
    own = stylesheet(folder / "links", '<xsl:import href="near.xsl"/>')
    with pytest.raises(SetUpError, match=r"there is no 'near\.xsl' in its folder"):
        transformed(SOURCE, own, "shop")


def test_nothing_is_called_over_http(folder: Path) -> None:
    for href in ("http://127.0.0.1:1/a.xsl", "https://example.org/a.xsl", "ftp://h/a.xsl"):
        own = stylesheet(folder, f'<xsl:import href="{href}"/>')
        with pytest.raises(SetUpError, match="allowed: files of its own folder"):
            transformed(SOURCE, own, "shop")


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "/etc/hostname", "common.xsl", "", "http://127.0.0.1:1/"]
)
def test_document_reads_nothing(folder: Path, address: str) -> None:
    """S-14: a stylesheet sees its document and nothing besides."""
    stylesheet(folder, root("secret"), "common.xsl")
    own = stylesheet(folder, root(f"<xsl:copy-of select=\"document('{address}')\"/>"))
    with pytest.raises(SetUpError, match=r"refused|denied"):
        transformed(SOURCE, own, "shop")


def test_nothing_is_written(folder: Path) -> None:
    written = folder / "written.txt"
    own = stylesheet(folder, root(f'<exsl:document href="{written}">x</exsl:document>'))
    with pytest.raises(SetUpError, match=r"refused|denied"):
        transformed(SOURCE, own, "shop")
    assert not written.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('\n<xsl:template match="/">\n<xsl:value-of select="a["/></xsl:template>', "line 3"),
        ('\n<xsl:template match="/">\n<xsl:value-of select="f(1)"/></xsl:template>', "line 3"),
        ('\n<xsl:template match="/">', "line 2: .*tag mismatch"),
        (
            '<xsl:template match="/" name="x"><xsl:call-template name="x"/></xsl:template>',
            "infinite",
        ),
        (
            '<xsl:output method="text"/><xsl:template match="/">words</xsl:template>',
            "no XML element",
        ),
    ],
)
def test_a_faulty_stylesheet_is_named_with_its_line(folder: Path, body: str, said: str) -> None:
    with pytest.raises(SetUpError, match=rf"shop\.xsl .*{said}"):
        transformed(SOURCE, stylesheet(folder, body), "shop")


def test_a_stylesheet_with_a_document_type_or_that_is_not_there_is_refused(folder: Path) -> None:
    own = folder / "shop.xsl"
    with pytest.raises(SetUpError, match=r"shop\.xsl: there is no such stylesheet"):
        transformed(SOURCE, own, "shop")
    own.write_text(f'<!DOCTYPE x [<!ENTITY a "b">]><xsl:stylesheet version="1.0" {_SPACE}/>')
    with pytest.raises(SetUpError, match=r"shop\.xsl .*document type"):
        transformed(SOURCE, own, "shop")


def test_a_faulty_document_is_the_sources_fault(folder: Path) -> None:
    own = stylesheet(folder, root("x"))
    with pytest.raises(BrokenSourceError, match="shop line 2: not well-formed XML"):
        transformed(b"<feed>\n<a></feed>", own, "shop")
    with pytest.raises(BrokenSourceError, match="shop: a document type is not taken"):
        transformed(b"<!DOCTYPE feed><feed/>", own, "shop")
    own = stylesheet(folder, root('<xsl:message terminate="yes">no entry</xsl:message>'))
    with pytest.raises(BrokenSourceError, match="shop the stylesheet ends with: no entry"):
        transformed(SOURCE, own, "shop")


def test_html_is_written_as_the_output_says(folder: Path) -> None:
    own = stylesheet(folder, f'<xsl:output method="html"/>{root("<br/>")}')
    assert transformed(SOURCE, own, "shop", form="html").strip() == b"<r><br></r>"


def test_a_document_type_that_the_output_asks_for_is_left_out(folder: Path) -> None:
    own = stylesheet(folder, f'<xsl:output doctype-system="a.dtd"/>{root("")}')
    assert transformed(SOURCE, own, "shop") == b"<r/>"


def test_a_stylesheet_that_never_ends_is_ended_and_the_next_one_works(folder: Path) -> None:
    """S-14: nothing hangs, whatever a template does."""
    endless = stylesheet(folder, DOUBLING, "endless.xsl")
    with pytest.raises(SlowSourceError, match=r"endless\.xsl: it transforms for longer than 0.5 s"):
        transformed(SOURCE, endless, "shop", seconds=0.5)
    assert transformed(SOURCE, stylesheet(folder, root("on")), "shop") == b"<r>on</r>"


def test_one_stylesheet_cannot_keep_another_from_its_work(folder: Path) -> None:
    endless = stylesheet(folder, DOUBLING, "endless.xsl")
    other = stylesheet(folder, root("on"))
    ended: list[str] = []

    def wait_for_it() -> None:
        with pytest.raises(SlowSourceError):
            transformed(SOURCE, endless, "shop", seconds=8)
        ended.append("endless")

    threads = [Thread(target=wait_for_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert transformed(SOURCE, other, "shop", seconds=60) == b"<r>on</r>"
    ended.append("other")
    for thread in threads:
        thread.join()
    assert ended[0] == "other"


def test_the_process_ends_with_the_one_it_works_for(folder: Path) -> None:
    own = stylesheet(folder, root("on"))
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from lodge_adapters.documents import processes\n"
        "from lodge_adapters.documents.xslt import transformed\n"
        "transformed(b'<a/>', Path(sys.argv[1]), 'shop')\n"
        "print(processes._processes.idle[0]._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(own)], capture_output=True, text=True)
    pid = int(done.stdout)
    assert done.returncode == -9
    for _ in range(600):
        if not _is_running(pid):
            return
        Event().wait(0.05)
    pytest.fail("the process is still there")


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(") ")[2][:1] != "Z"


def test_a_document_that_is_too_large_to_be_held_is_refused(folder: Path) -> None:
    own = stylesheet(folder, root("x"))
    with pytest.raises(TooLargeError, match="shop: larger than"):
        transformed(b"<a>" + b" " * 68_000_000 + b"</a>", own, "shop")
