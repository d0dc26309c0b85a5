"""What a calendar may say: open times by day, days with others, breaks, holidays. Pure.

The form is that of a calendar file: `{"mon": {"09:00": "17:00"}}`. Every fault names its place.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from lodge_platform.configuring.kind import Values
from lodge_platform.configuring.places import Place
from lodge_platform.errors import nearest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_Spans = Mapping[str, str]


def calendar_fits(values: Values, place: Place) -> None:
    """Raise RefusedError for a zone, day, time or span that cannot be; what is left out passes."""
    zone = values.get("time_zone")
    if isinstance(zone, str) and zone not in available_timezones():
        raise place.at("time_zone").refusal(
            f"there is no time zone {zone!r}; {nearest(zone, available_timezones())}"
            if len(zone) < 60
            else "there is no such time zone; give an IANA name such as Europe/Berlin"
        )
    hours = values.get("hours")
    if isinstance(hours, dict):
        _by_day(hours, place.at("hours"), is_date_allowed=False)  # pyright: ignore[reportUnknownArgumentType]
        if not any(hours.values()):  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            raise place.at("hours").refusal("no day has open times; a calendar opens at some time")
    _dates(values.get("holidays"), place.at("holidays"))
    for field, are_days_allowed in (("shifts", False), ("breaks", True)):
        spans = values.get(field)
        if isinstance(spans, dict):
            _by_day(
                spans,  # pyright: ignore[reportUnknownArgumentType]
                place.at(field),
                is_date_allowed=True,
                are_days_allowed=are_days_allowed,
            )


def _by_day(
    given: Mapping[str, _Spans],
    place: Place,
    *,
    is_date_allowed: bool,
    are_days_allowed: bool = True,
) -> None:
    for day, spans in given.items():
        is_day = are_days_allowed and day in DAYS
        if not is_day and not (is_date_allowed and _is_date(day)):
            words = [*(DAYS if are_days_allowed else ()), *(["YYYY-MM-DD"] * is_date_allowed)]
            raise place.at(day).refusal(
                f"{day[:40]!r} is no day; allowed: {', '.join(words)}", allowed=words
            )
        _spans(spans, place.at(day))


def _spans(spans: _Spans, place: Place) -> None:
    ends = ""
    for start, end in sorted(spans.items()):
        for time in (start, end):
            if not _TIME.fullmatch(time):
                raise place.at(start).refusal(
                    f"{time[:20]!r} is no time; allowed: 00:00 to 24:00 as HH:MM"
                )
        if end <= start:
            raise place.at(start).refusal(
                f"{start} to {end} ends before it begins; an opening over midnight is two: until "
                "24:00, and from 00:00 on the next day"
            )
        if start < ends:
            raise place.at(start).refusal(f"{start} to {end} overlaps the times before it")
        ends = end


def _dates(given: Any, place: Place) -> None:
    if not isinstance(given, list):
        return
    seen: set[str] = set()
    for number, day in enumerate(map(str, given)):  # pyright: ignore[reportUnknownArgumentType]
        if not _is_date(day):
            raise place.at(number).refusal(f"{day[:40]!r} is no date; allowed: YYYY-MM-DD")
        if day in seen:
            raise place.at(number).refusal(f"{day} is given twice")
        seen.add(day)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
