"""Figures and instants as people read them; a dash stands for what is not there. Pure."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

NOTHING = "\N{EN DASH}"


def plain(name: str) -> str:
    """A name that somebody chose, as Markdown that shows it letter by letter."""
    return re.sub(r"([^\w\s])", r"\\\1", " ".join(name.split()))


def verbatim(text: str) -> str:
    """Text that somebody else chose, as Markdown that shows it and does nothing with it."""
    kept = " ".join(text.replace("`", "'").split())
    return f"`{kept}`" if kept else NOTHING


def percent(share: float | None) -> str:
    """A share from 0 to 1: `82.4 %`."""
    return NOTHING if share is None else f"{share:.1%}".replace("%", " %")


def number(count: int | None) -> str:
    """A count: `1,234`."""
    return NOTHING if count is None else f"{count:,}"


def counted(count: int, one: str, many: str) -> str:
    """A count and what was counted: `1 answer`, `1,234 answers`."""
    return f"{number(count)} {one if count == 1 else many}"


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: `45 s`, `6 min 52 s`, `1 h 30 min`, `2 d 3 h`."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    for unit, length, below, part in _UNITS:
        if whole >= length:
            rest = whole % length // part
            return f"{whole // length} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{whole} s"


def short_duration(seconds: float | None) -> str:
    """A length of time that may be short: `85 ms`, `1.4 s`, then as `duration`."""
    if seconds is None or seconds >= 60:
        return duration(seconds)
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


_UNITS = (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1))


def local(instant: datetime, zone: ZoneInfo) -> datetime:
    """An instant in the reader's zone; one without a zone is UTC, as the reports store has it."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(zone)


def moment(instant: datetime, zone: ZoneInfo, *, has_year: bool = True) -> str:
    """`5 Jan 2026 10:42` in the reader's zone; `5 Jan 10:42` where space is short."""
    shown = local(instant, zone)
    return f"{shown.day} {shown:%b %Y %H:%M}" if has_year else f"{shown.day} {shown:%b %H:%M}"


def start_label(instant: datetime, zone: ZoneInfo, *, is_day: bool) -> str:
    """Start of an interval, so that labels sort; the hour that comes twice says which it is."""
    shown = local(instant, zone)
    if is_day:
        return f"{shown:%Y-%m-%d}"
    return f"{shown:%Y-%m-%d %H:%M}" + (" (second)" if shown.fold else "")
