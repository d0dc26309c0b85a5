"""An answer: status, bytes and headers; made by handlers, sent by the door."""

from collections.abc import Iterable
from dataclasses import dataclass, field

JSON = "application/json"
XML = "application/xml"
PROBLEM = "application/problem+json"
PROBLEM_XML = "application/problem+xml"


@dataclass(frozen=True)
class Answer:
    """What is sent back. `kept`, where given, is the body kept for a repeated request instead of
    `content`: without a secret that is shown once. `row_count` is for the record of the access."""

    status: int = 200
    content: bytes = b""
    media: str = JSON
    headers: Iterable[tuple[str, str]] = field(default_factory=tuple[tuple[str, str], ...])
    kept: bytes | None = None
    row_count: int | None = None
