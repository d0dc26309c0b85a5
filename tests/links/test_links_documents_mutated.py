"""Documents with random faults: read, or refused with an error of the source; nothing else."""

import io
import zipfile
from collections import Counter
from importlib import import_module
from random import Random
from typing import Any

import pytest

from links.documents import field, rows
from links.workbooks import number, packed, xlsx
from lodge_adapters.access.source import BrokenSourceError, TooLargeError
from lodge_adapters.language import Field, Format

_PIECES = (b"<", b">", b"&", b'"', b"{", b"[", b"\x00", b"\xff", b",", b"\r", b"1e9999", b"\\ud800")
_XML = b"<l xmlns:s='u'><s:o id='1'>x&amp;<![CDATA[y]]></s:o><o><id>1</id></o></l>"
_BOOK = xlsx({"Prices": [["id", "name"], [number(1), "x"], [number(2), "y"]]})


def _parquet() -> bytes:
    arrow: Any = import_module("pyarrow")
    parquet: Any = import_module("pyarrow.parquet")
    kept = io.BytesIO()
    parquet.write_table(arrow.table({"id": list(range(50)), "n": [{"a": [1]}] * 50}), kept)
    return kept.getvalue()


CASES: list[tuple[Format, bytes, int, tuple[Field, ...]]] = [
    (Format.JSON, b'[{"id": 1, "n": {"a": [1.5]}}, {"id": "x"}]', 500, (field("a", "$.n.a"),)),
    (Format.JSON_LINES, b'{"id": 1}\n{"id": "\\ud83d\\ude00"}\n', 500, (field("id"),)),
    (Format.XML, _XML, 500, (field("id"), field("o", "../s:o[1]/@id"))),
    (Format.XML, _XML, 500, (field("id"),)),
    (Format.CSV, b'id,b\r\n1,"x\ny"\n2,""""\n', 500, (field("id"),)),
    (Format.PARQUET, _parquet(), 500, (field("id"), field("a", "$.n.a"))),
    (Format.EXCEL, _BOOK, 40, (field("id"),)),
]


def mutated(content: bytes, random: Random) -> bytes:
    """The bytes with up to three faults."""
    made = bytearray(content)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(made) + 1)
        kind = random.randrange(4)
        if kind == 0 and place < len(made):
            made[place] = random.randrange(256)
        elif kind == 1:
            del made[place : place + random.randint(1, 20)]
        elif kind == 2:
            made[place:place] = random.choice(_PIECES)
        else:
            made[place:place] = made[: random.randint(0, 30)]
    return bytes(made)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]))
def test_any_fault_is_one_of_the_source(
    case: tuple[Format, bytes, int, tuple[Field, ...]],
) -> None:
    format, content, times, fields = case
    random = Random(7)  # noqa: S311 - the same faults each time
    assert rows(content, format, *fields)
    seen: Counter[str] = Counter()
    for _ in range(times):
        seen[_outcome(mutated(content, random), format, fields)] += 1
    assert seen["refused"] > times / 3
    assert seen.total() == times


def test_a_workbook_with_faults_in_its_parts_is_read_or_refused() -> None:
    random = Random(7)  # noqa: S311 - the same faults each time
    with zipfile.ZipFile(io.BytesIO(_BOOK)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in parts:
        for _ in range(5):
            broken = packed({**parts, name: mutated(parts[name], random)})
            assert _outcome(broken, Format.EXCEL, (field("id"),)) in ("read", "refused")


def _outcome(content: bytes, format: Format, fields: tuple[Field, ...]) -> str:
    try:
        rows(content, format, *fields)
    except (BrokenSourceError, TooLargeError) as error:
        assert len(str(error)) < 600  # noqa: PT017 - most are read and raise nothing
        return "refused"
    return "read"
