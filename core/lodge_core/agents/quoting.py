"""The original below an answer, quoted as mail programs do."""

from datetime import datetime
from typing import Protocol

_MOST_QUOTED = 50_000
_LONGEST_LINE = 900


class Original(Protocol):
    """What is quoted; `sent_at` is None when the message does not say."""

    @property
    def text(self) -> str: ...
    @property
    def sent_at(self) -> datetime | None: ...


def quoted(name: str, address: str, original: Original) -> str:
    """An introduction and every line behind `> `; very long originals are cut, and say so."""
    author = f"{name} <{address}>" if name else address or "you"
    when = f"On {original.sent_at:%Y-%m-%d %H:%M} UTC, " if original.sent_at else ""
    text = original.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").rstrip()
    kept = text[:_MOST_QUOTED]
    lines = [line[:_LONGEST_LINE] for line in kept.split("\n")]
    if len(kept) < len(text):
        lines.append("[...]")
    body = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
    return f"{when}{author} wrote:\n{body}"
