"""An answer as JSON, a batch of rows at a time: the same names as the XML has."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from lodge_adapters.answers.contracts import Row
from lodge_adapters.answers.envelope import End, described
from lodge_adapters.answers.fields import ALL, Seen
from lodge_adapters.answers.plain import mappings_of
from lodge_adapters.language import Link
from lodge_platform.api.answers import JSON
from lodge_platform.links.answers import Provenance

# Decimals are numbers with every digit they have; instants end in Z.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class JsonForm:
    """The JSON of one answer of a link, for a reader who may see `seen`."""

    media = JSON

    def __init__(self, name: str, link: Link, seen: Seen = ALL) -> None:
        self._name = name
        self._link, self._seen = link, seen
        self._is_first = True

    def head(self, provenance: Provenance, version: str) -> bytes:
        """Where it comes from, and the start of the rows."""
        said = _ENCODER.encode(described(self._name, version, provenance))
        return said[:-1] + f',"{self._link.answer.root}":['.encode()

    def rows(self, rows: list[Row]) -> bytes:
        """Each row an object; a value that is not there is null."""
        if not rows:
            return b""
        found = mappings_of(rows, self._link, self._seen)
        try:
            said = [_ENCODER.encode(one) for one in found]
        except UnicodeEncodeError:  # half a character, which UTF-8 has no bytes for
            said = [_ENCODER.encode(_safe(one)) for one in found]
        start = b"" if self._is_first else b","
        self._is_first = False
        return start + b",\n".join(said)

    def end(self, end: End) -> bytes:
        """The end of the rows, and `end`."""
        return b'],"end":' + _ENCODER.encode(end) + b"}\n"

    def failed(self, problem: Mapping[str, Any]) -> bytes:
        """The end of the rows, and `error`."""
        return b'],"error":' + _ENCODER.encode(dict(problem)) + b"}\n"


def _safe(value: Any) -> Any:
    """The value with U+FFFD in place of what UTF-8 cannot hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_safe(key): _safe(one) for key, one in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [_safe(one) for one in cast("list[Any]", value)]
    return value
