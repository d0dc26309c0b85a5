"""A link over HTTP or SOAP made of its file's text, asked without the house around it."""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from fixtures.receiver import Answer, Received
from lodge_adapters.access.http import HttpSource
from lodge_adapters.access.soap import SoapSource
from lodge_adapters.access.source import Context
from lodge_adapters.language import Link
from lodge_adapters.reading import read_link
from lodge_platform.errors import SetUpError
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.outgoing import Resolve, parse_allowed, resolve_by_system
from lodge_platform.settings import Settings

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FIELDS = """
answer:
  rows: $.orders[*]
  fields:
    - {name: number, type: integer, term: Number of the order.}
    - {name: name, term: Name on it.}
"""


@dataclass
class Asking:
    """Links of one Lodge and folder, with secrets by name; what was opened is closed at the end."""

    lodge: Lodge
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict[str, str])
    opened: list[HttpSource | SoapSource] = field(default_factory=list[HttpSource | SoapSource])

    def http(
        self, access: str, *, allowed: str = "", resolve: Resolve = resolve_by_system, **more: Any
    ) -> "Asked":
        """A link of the kind http; `access` and each of `more` are lines of its file."""
        link = self.link(f"http:\n{_in(access, 4)}", allowed=allowed, **more)
        source = HttpSource("orders", link, self.lodge, self.folder, resolve=resolve)
        self.opened.append(source)
        return Asked(source, link, self)

    def soap(self, access: str, *, allowed: str = "", **more: Any) -> "Asked":
        """A link of the kind soap."""
        link = self.link(f"soap:\n{_in(access, 4)}", allowed=allowed, **more)
        source = SoapSource("orders", link, self.lodge, self.folder)
        self.opened.append(source)
        return Asked(source, link, self)

    def link(
        self,
        access: str,
        *,
        allowed: str = "",
        answer: str = FIELDS,
        parameters: str = "",
        more: str = "",
    ) -> Link:
        """The link that such a file declares."""
        text = f"title: Orders\nterm: Orders of the shop.\naccess:\n  {access}\n{answer}\n{more}\n"
        if allowed:
            text += f"allowed: [{', '.join(json.dumps(one) for one in allowed.split())}]\n"
        text += f"parameters:\n{_in(parameters, 2)}\n" if parameters else ""
        return read_link(text)

    def secret(self, name: str) -> str:
        """As a house gives it."""
        if name not in self.secrets:
            raise SetUpError(f"secret {name!r} is missing")
        return self.secrets[name]

    def close(self) -> None:
        """Close what was opened."""
        for source in self.opened:
            source.close()


@dataclass
class Asked:
    """One link's source, to be asked."""

    source: HttpSource | SoapSource
    link: Link
    asking: Asking

    def context(self, *, seconds: float = 20, is_load: bool = False) -> Context:
        """A call that may take so long."""
        return Context(
            lodge=self.asking.lodge,
            name="orders",
            link=self.link,
            folder=self.asking.folder,
            now=NOW,
            deadline=monotonic() + seconds,
            allowed=parse_allowed(",".join(self.link.allowed)),
            secret=self.asking.secret,
            is_load=is_load,
        )

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Checked parameters: None for those that are not given."""
        return dict.fromkeys(one.name for one in self.link.parameters) | dict(given)

    def each(self, *, seconds: float = 20, is_load: bool = False, **given: Any) -> Iterator[Any]:
        """The rows as mappings, as they come."""
        context = self.context(seconds=seconds, is_load=is_load)
        for batch in self.source.batches(self.values(given), context):
            for row in batch.rows:
                yield dict(zip(batch.columns, row, strict=True))

    def rows(self, *, seconds: float = 20, is_load: bool = False, **given: Any) -> list[Any]:
        """All rows."""
        return list(self.each(seconds=seconds, is_load=is_load, **given))

    def write(self, key: str = "key_1", **given: Any) -> str:
        """Write once."""
        return self.source.write(self.values(given), key, self.context())

    def record(self, **given: Any) -> bytes:
        """A recorded call."""
        return self.source.record(self.values(given), self.context())

    def replay(self, recorded: bytes, **given: Any) -> list[Any]:
        """The rows of a recorded call."""
        return [
            dict(zip(batch.columns, row, strict=True))
            for batch in self.source.replay(recorded, self.values(given), self.context())
            for row in batch.rows
        ]


@contextmanager
def asking_in(settings: Settings, folder: Path) -> Generator[Asking]:
    """Links of a Lodge with these settings, their files in `folder`."""
    lodge = open_lodge(settings)
    asking = Asking(lodge, folder)
    try:
        yield asking
    finally:
        asking.close()
        lodge.close()


def said(value: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON; `_` in the name of a header stands for `-`."""
    own = {name.replace("_", "-"): each for name, each in headers.items()}
    return status, {"content-type": "application/json", **own}, json.dumps(value).encode()


def orders(*numbers: int, **more: Any) -> Answer:
    """A page with these orders."""
    return said(
        {"orders": [{"number": number, "name": f"n{number}"} for number in numbers], **more}
    )


def numbers(rows: list[Any]) -> list[int]:
    """The orders' numbers."""
    return [row["number"] for row in rows]


def cut_off(_request: Received) -> Iterator[bytes]:
    """An answer that ends before it should."""
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    yield b'{"orders": [{"number": 1, "name": "a"},'


def _in(text: str, blanks: int) -> str:
    return "\n".join(" " * blanks + line for line in text.strip("\n").splitlines())
