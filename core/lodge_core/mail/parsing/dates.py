"""The Date header to an instant; what the header claims, never what a clock here says."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from lodge_core.mail.parsing.headers import unfold
from lodge_core.mail.parsing.problems import Problem, Problems

_COMMENT = re.compile(r"\([^()]*(?:\)|\Z)")
_MOST_COMMENTS = 4
_ISO = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_MOST_ZONE_SECONDS = 15 * 3600
_ODD_BEFORE, _ODD_AFTER = 1980, 2100


def read_date(raw: bytes, problems: Problems) -> datetime | None:
    """The instant in UTC, or None with `bad_date`; no zone counts as UTC."""
    text = unfold(raw, problems)[:200]
    for _ in range(_MOST_COMMENTS):
        text = _COMMENT.sub(" ", text)
    text = text.strip()
    instant = _iso(text) if _ISO.match(text) else _rfc5322(text, problems)
    if instant is None:
        problems.note(Problem.BAD_DATE)
    elif not _ODD_BEFORE <= instant.year <= _ODD_AFTER:
        problems.note(Problem.ODD_DATE)
    return instant


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rfc5322(text: str, problems: Problems) -> datetime | None:
    try:
        fields = parsedate_tz(text)
        if fields is None:
            return None
        year, month, day, hour, minute, second, *_, zone = fields
        zone = zone or 0
        if abs(zone) > _MOST_ZONE_SECONDS:
            problems.note(Problem.ODD_DATE)
            zone = 0
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        return local - timedelta(seconds=zone)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
