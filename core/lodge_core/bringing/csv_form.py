"""A CSV file as it is: its encoding, its delimiter, its lines with their numbers.

Whatever cannot be read is refused with its line, and never guessed at in silence.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from lodge_core.bringing.things import Rejected
from lodge_platform.errors import RefusedError

_MOST_BYTES = 1_000_000_000
_MOST_CELL = 4_000_000
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Line(Struct, frozen=True):
    """One record; `number` is the line of the file that it begins on."""

    number: int
    cells: dict[str, str]


class Table(Struct, frozen=True):
    """A file that could be read: how, the names in its head, and its text."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    text: str

    @property
    def said(self) -> str:
        """How it was read, for people."""
        return f"{self.encoding}, {_DELIMITERS.get(self.delimiter, self.delimiter)}"


def read_table(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """The file's head and text. Raises RefusedError for what is no CSV with a head."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise RefusedError(f"{path} is larger than {_MOST_BYTES} bytes; split it")
        content = path.read_bytes()
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}") from error
    found, text = _decoded(path, content, encoding)
    if not text.strip():
        raise RefusedError(f"{path} is empty")
    chosen = delimiter or _delimiter(text)
    csv.field_size_limit(_MOST_CELL)
    names = _names(path, text, chosen)
    for name in names:
        if not name:
            raise RefusedError(f"{path} has a column without a name in its first line")
        if names.count(name) > 1:
            raise RefusedError(f"{path} has two columns called {name!r}")
    return Table(found, chosen, names, text)


def _names(path: Path, text: str, delimiter: str) -> tuple[str, ...]:
    try:
        for _, cells in _records(text, delimiter):
            return tuple(cell.strip() for cell in cells)
    except (csv.Error, TypeError) as error:
        raise RefusedError(f"{path} is no CSV with the delimiter {delimiter!r}: {error}") from error
    raise RefusedError(f"{path} is empty")


def lines_of(table: Table) -> Iterator[Line | Rejected]:
    """Every record after the head; blank lines are passed over."""
    records = _records(table.text, table.delimiter)
    next(records, None)
    number = 1
    while True:
        try:
            number, cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            said = f"from here on the file is no CSV: {error}"
            yield Rejected(where=f"line {number + 1}", reason=said, given={})
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(table.names):
            said = f"it has {len(cells)} cells, the first line has {len(table.names)}"
            given = dict(zip(table.names, cells, strict=False))
            yield Rejected(where=f"line {number}", reason=said, given=given)
            continue
        yield Line(number, dict(zip(table.names, cells, strict=True)))


def _records(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Records with the number of the line that each begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def _decoded(path: Path, content: bytes, encoding: str | None) -> tuple[str, str]:
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    tried = (encoding,) if encoding else (marked,) if marked else ("utf-8", "cp1252")
    said = ""
    for name in tried:
        try:
            return name, content.decode(name)
        except LookupError as error:
            raise RefusedError(f"there is no encoding {name!r}; such as utf-8, cp1252") from error
        except UnicodeDecodeError as error:
            at = content.count(b"\n", 0, error.start) + 1
            said = f"{path} is not {name}: line {at} has a byte that none can be"
    raise RefusedError(f"{said}; name its encoding by --encoding")


def _delimiter(text: str) -> str:
    """The delimiter that parts the first line into most cells; a comma where none does."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    counts: dict[str, int] = {}
    for one in _DELIMITERS:
        try:
            counts[one] = sum(len(cells) for cells in csv.reader([first], delimiter=one))
        except csv.Error:
            counts[one] = 0
    return max(counts, key=lambda one: counts[one])
