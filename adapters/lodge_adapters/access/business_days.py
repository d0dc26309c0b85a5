"""A function for links, and an example of one: the working days after a day."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from lodge_platform.errors import RefusedError

_MOST = 1000
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def business_days(*, after: date, count: int | None = None) -> Iterator[Mapping[str, Any]]:
    """The next `count` (5 where none is said) days from Monday to Friday after a date.

    One row a day: `number` from 1, `day`, and its English `weekday`. Holidays are working days
    here: they belong to a calendar. Raises RefusedError for a count beyond 1 to 1000.
    """
    wanted = 5 if count is None else count
    if not 1 <= wanted <= _MOST:
        raise RefusedError(f"count is {wanted}; allowed: 1 to {_MOST}", field="count")
    return _days(after, wanted)


def _days(after: date, wanted: int) -> Iterator[Mapping[str, Any]]:
    day, number = after, 0
    while number < wanted:
        try:
            day += timedelta(days=1)
        except OverflowError:
            raise RefusedError("the days go beyond the year 9999", field="after") from None
        if day.weekday() < len(_WEEKDAYS):
            number += 1
            yield {"number": number, "day": day, "weekday": _WEEKDAYS[day.weekday()]}
