"""How a call ended, by the error it ended with: for the journal, the breaker and `data_links`."""

from lodge_adapters.access.source import BrokenSourceError, SlowSourceError, TooLargeError
from lodge_adapters.breakers import LeftAloneError
from lodge_adapters.call_errors import BusyPlaceError, ReaderGoneError, UnusableSourceError
from lodge_adapters.states import SourceSaid
from lodge_platform.errors import RefusedError, TryAgainError
from lodge_platform.vocabulary import LinkOutcome

_OUTCOMES: tuple[tuple[type[Exception], LinkOutcome], ...] = (
    (ReaderGoneError, LinkOutcome.ANSWERED),
    (SlowSourceError, LinkOutcome.SLOW),
    (BrokenSourceError, LinkOutcome.BROKEN),
    (TooLargeError, LinkOutcome.TOO_LARGE),
    (LeftAloneError, LinkOutcome.LEFT_ALONE),
    (UnusableSourceError, LinkOutcome.REFUSED),
    (RefusedError, LinkOutcome.REFUSED),
    (TryAgainError, LinkOutcome.DOWN),
)


def outcome_of(error: Exception) -> LinkOutcome:
    """The outcome that the journal notes."""
    for kind, outcome in _OUTCOMES:
        if isinstance(error, kind):
            return outcome
    return LinkOutcome.BROKEN


def detail_of(error: Exception) -> str:
    """What the journal says of it: without values of the source, which a broken answer names."""
    if outcome_of(error) is LinkOutcome.BROKEN:
        return "the source did not answer as it is declared to"
    return str(error)


def told(error: Exception) -> str:
    """What an asker is told of it: how things are set up here is not for every asker."""
    if isinstance(error, UnusableSourceError):
        return "the source cannot be called as it is set up; `lodge status` says why"
    return str(error)


def verdict_of(error: Exception | None) -> bool | None:
    """Whether the source answered, as its breaker counts it; None where that is not known."""
    if error is None or isinstance(error, BrokenSourceError | TooLargeError):
        return True
    undecided = ReaderGoneError | BusyPlaceError | UnusableSourceError | LeftAloneError
    if isinstance(error, undecided) or not isinstance(error, TryAgainError):
        return None
    return False


def said_of(error: Exception | None, breach: str | None = None) -> SourceSaid | None:
    """What a call tells of its source; None where that is nothing. `breach` is how an answer that
    was handed out was not as declared."""
    if error is None:
        return SourceSaid(breach=breach)
    if isinstance(error, ReaderGoneError | BusyPlaceError | LeftAloneError):
        return None
    if isinstance(error, TooLargeError):
        return SourceSaid(is_checked=False)
    if isinstance(error, BrokenSourceError):
        return SourceSaid(breach=str(error))
    return SourceSaid(failure=str(error)) if isinstance(error, TryAgainError) else None
