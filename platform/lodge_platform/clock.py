"""The one place where the wall clock is read; everywhere else `now` is an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, UTC. Call it only at the edge: a verb, a request, a service."""
    return datetime.now(UTC)


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC.

    Raises ValueError for a naive one: a time without a zone is a guess.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone; give an aware datetime")
    return instant.astimezone(UTC)
