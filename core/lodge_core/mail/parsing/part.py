"""One node of a MIME tree, and how it begins: headers, type, disposition, encoding."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lodge_core.mail.parsing.header_block import RawHeader, read_headers
from lodge_core.mail.parsing.parameters import Parameters, read_parameters
from lodge_core.mail.parsing.problems import Problems
from lodge_core.mail.parsing.transfer import undo_transfer

_NO_PARAMETERS = Parameters("", {})


@dataclass(slots=True)
class Part:
    """One node of the tree; its body is `raw[start:end]`, still encoded."""

    raw: bytes
    headers: list[RawHeader]
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    disposition: Parameters
    encoding: str
    children: list["Part"] = field(default_factory=list["Part"])
    is_multipart: bool = False
    is_closed: bool = False

    def content(self, problems: Problems) -> bytes:
        """The decoded bytes of a leaf."""
        return undo_transfer(self.raw[self.start : self.end], self.encoding, problems)

    def header(self, name: str) -> bytes | None:
        """The first value of a header, by its name in lower case."""
        return next((each.value for each in self.headers if each.name.lower() == name), None)

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the order of the mail."""
        waiting: list[Part] = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


def open_part(
    raw: bytes,
    start: int,
    is_boundary: Callable[[bytes], bool],
    problems: Problems,
    *,
    is_digested: bool = False,
) -> Part:
    """The part whose headers begin at `start`, its end not yet known.

    Of repeated Content- headers the first counts, unless a later one brings a boundary; a part
    without a type is text/plain, or a mail within a digest."""
    headers, body_start = read_headers(raw, start, problems, is_boundary=is_boundary)
    found: dict[str, bytes] = {}
    for header in headers:
        name = header.name.lower()
        if name.startswith("content-") and (name not in found or b"boundary" in header.value):
            found[name] = header.value
    kind = _parameters(found.get("content-type"), problems)
    encoding = _parameters(found.get("content-transfer-encoding"), problems).word
    default = "message/rfc822" if is_digested else "text/plain"
    word = kind.word if kind.word.count("/") == 1 and not kind.word.endswith("/") else default
    return Part(
        raw=raw,
        headers=headers,
        start=body_start,
        end=len(raw),
        content_type=word,
        parameters=kind.values,
        disposition=_parameters(found.get("content-disposition"), problems),
        encoding=encoding,
    )


def _parameters(value: bytes | None, problems: Problems) -> Parameters:
    return _NO_PARAMETERS if value is None else read_parameters(value, problems)
