"""What every kind of access is: a source that gives rows in batches.

Rows are tuples in the order of a batch's columns. A column is named as the source names it: for a
declared field that is what `from` says, else its name. A cell is as Python has it: str, int, float,
Decimal, bool, date, aware or naive datetime, bytes, None; for a field with fields of its own a dict
by the same kind of names, for a list a list. Columns that no field declares come as well, so that
the contract can say what becomes of them; one batch may have others than the next.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, Protocol

from lodge_adapters.language import Link
from lodge_platform.errors import RefusedError, TryAgainError
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing.allowed import Allowed

Values = Mapping[str, Any]
"""Checked parameters by name: str, int, Decimal, bool, date or aware datetime; None for those not
given and without a default."""


class Batch(NamedTuple):
    """Some rows: at most about a thousand, so that memory stays flat."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class SlowSourceError(TryAgainError):
    """The source did not answer in time."""


class BusySourceError(TryAgainError):
    """The source asks to be called again, in so many seconds (Retry-After)."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BrokenSourceError(TryAgainError):
    """The source answered, but not as it is declared to: HTML for JSON, XML cut off, a column gone.

    The message says what was expected and found, never a secret, and of values at most a few
    characters.
    """


class SourceRefusedError(RefusedError):
    """The source says in words of its own, which may hold anything, that it does not take this;
    `plain` is the same without them, for what is kept."""

    def __init__(self, message: str, plain: str) -> None:
        super().__init__(message)
        self.plain = plain


class TooLargeError(TryAgainError):
    """The source's answer is larger than the link's limits allow."""


@dataclass(frozen=True)
class Context:
    """One call: the link with its name and the folder its files are in, until when (`monotonic`
    seconds), and what of the outside may be called. `rows` and `bytes` limit what is read."""

    lodge: Lodge
    name: str
    link: Link
    folder: Path
    now: datetime
    deadline: float
    allowed: Allowed
    secret: Callable[[str], str]
    is_load: bool = False
    notes: list[str] = field(default_factory=list[str])

    def left(self) -> float:
        """Seconds left. Raises SlowSourceError when there are none."""
        seconds = self.deadline - monotonic()
        if seconds <= 0:
            raise SlowSourceError(f"out of time: a call may take {self.link.limits.seconds:g} s")
        return seconds


class Source(Protocol):
    """One link's source, made once for a link and kept: it holds connections.

    Errors of all calls: SetUpError (a secret or file is missing, a kind without a driver),
    RefusedError (the guard refuses an address), TryAgainError and its children above.
    """

    @property
    def place(self) -> str:
        """Where it is, for people and for the breaker: "127.0.0.1:3306/shop"; without secrets.
        Links of one place share one breaker."""
        ...

    def batches(self, values: Values, context: Context) -> Iterator[Batch]:
        """The rows, from the first to the last, as they come. Closing it ends the call."""
        ...

    def record(self, values: Values, context: Context) -> bytes:
        """What the source says to this call, as JSON that `replay` can read."""
        ...

    def replay(self, recorded: bytes, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of a recorded call; nothing outside is asked."""
        ...

    def write(self, values: Values, key: str, context: Context) -> str:
        """Write once under the idempotent `key`; gives what the source answered, in a few words.

        Raises RefusedError when the source will never take it, TryAgainError when it may later.
        """
        ...

    def close(self) -> None:
        """Give back every connection."""
        ...
