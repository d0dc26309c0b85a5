"""Every error Lodge raises on purpose, by what the reader should do next.

LodgeError
├── SetUpError      fix the set-up: a setting, a missing program, a store that is not there
├── TryAgainError   try again: a server is down, a database is locked, a disk is full
├── RefusedError    refuse this input: it names the thing and the allowed values
│   ├── NotFoundError   no such thing, or none that you may see
│   ├── ConflictError   somebody else was first; read again, then decide
│   │   └── StaleError  it changed since the asker read it; nothing was written
│   └── ForbiddenError  the right is missing
└── MistakeError    our mistake: a promise inside Lodge is broken; please report it
"""

from collections.abc import Iterable
from difflib import get_close_matches


class LodgeError(Exception):
    """The root. `exit_code` is what a verb ends with when nobody catches it."""

    exit_code = 3


class SetUpError(LodgeError):
    """Something around Lodge must be set up differently; the message says what."""


class TryAgainError(LodgeError):
    """The same call can succeed later without any change; the message says what was in the way."""


class RefusedError(LodgeError):
    """This input is not taken; the message names the offending thing and what is allowed.

    `field` is the offending part of the input, such as `contact_points[0].address`, and `allowed`
    the values it may have, where either is known.
    """

    exit_code = 1

    def __init__(
        self, message: str = "", *, field: str | None = None, allowed: Iterable[str] = ()
    ) -> None:
        super().__init__(message)
        self.field = field
        self.allowed = tuple(allowed)


class NotFoundError(RefusedError):
    """No such thing, or none that the asker may see."""


class ConflictError(RefusedError):
    """The thing changed since it was read; nothing was written."""


class StaleError(ConflictError):
    """The asker changes a version that is not the newest any more; nothing was written."""


class ForbiddenError(RefusedError):
    """The asker lacks the right named in the message."""


class MistakeError(LodgeError):
    """A promise inside Lodge is broken: a fault of ours, not of the input."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: `did you mean X?`, or the allowed names when none is near."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"allowed: {', '.join(names)}"
