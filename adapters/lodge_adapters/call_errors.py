"""Errors of a call that are not the source's own, and what an asker is told of any of them."""

import logging
from traceback import format_tb

from lodge_adapters.access.source import BrokenSourceError, SlowSourceError, SourceRefusedError
from lodge_adapters.library import KnownLink
from lodge_platform.errors import LodgeError, RefusedError, SetUpError, TryAgainError
from lodge_platform.outgoing.checking import LeadsInsideError

GONE = "the reader went away"
_LOG = logging.getLogger(__name__)


class UnusableSourceError(TryAgainError):
    """The source cannot be called as things are set up: a secret is missing, its address is one
    that may not be called."""


class BusyPlaceError(SlowSourceError):
    """As many calls of the place as may run at once were under way all the time."""


class ReaderGoneError(TryAgainError):
    """Whoever asked takes nothing any more."""


def told_to_asker(error: Exception | None, known: KnownLink) -> Exception | None:
    """What an asker is told: what is wrong at the source is no fault of the question."""
    if isinstance(error, SourceRefusedError):
        return _because(UnusableSourceError(error.plain), error)
    if isinstance(error, LeadsInsideError):
        said = f"{error}; name it there, or under `allowed` of the link"
        return _because(UnusableSourceError(said), error)
    if isinstance(error, RefusedError):
        names = [parameter.name for parameter in known.link.parameters]
        if error.field not in names:
            return _because(UnusableSourceError(str(error)), error)
    if isinstance(error, SetUpError):
        return _because(UnusableSourceError(str(error)), error)
    if error is not None and not isinstance(error, LodgeError):
        # Of the error itself the kind alone: what it says may hold values of the source.
        trace = "".join(format_tb(error.__traceback__))
        _LOG.error(
            "link %s: the source failed with %s\n%s", known.name, type(error).__name__, trace
        )
        return _because(BrokenSourceError(f"it failed with {type(error).__name__}"), error)
    return error


def _because(told: Exception, error: Exception) -> Exception:
    told.__cause__ = error
    return told
