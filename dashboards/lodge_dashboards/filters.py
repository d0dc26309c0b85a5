"""What the service level page is filtered by: queues, days and interval. Values, no widgets."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from lodge_dashboards.questions import Question, question

Interval = Literal["15 minutes", "hour", "day"]
INTERVALS: tuple[Interval, ...] = get_args(Interval)
# More rows than these make would be neither readable nor quick.
MOST_DAYS: dict[Interval, int] = {"15 minutes": 31, "hour": 366, "day": 20_000}
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
_DEFAULT_DAYS = 7


@dataclass(frozen=True)
class Filters:
    """Both days are inclusive, by the clock of `zone`; `queue_ids` names each queue counted."""

    department_ids: tuple[int, ...]
    queue_ids: tuple[int, ...]
    from_date: date
    to_date: date
    interval: Interval
    zone: ZoneInfo

    @property
    def days(self) -> int:
        """How many days are asked for; 0 or less when the last is before the first."""
        return (self.to_date - self.from_date).days + 1

    def in_total(self) -> Question:
        """One row over everything asked for; none when there is nothing."""
        return self._question("service_level")

    def by_queue(self) -> Question:
        """One row a queue."""
        return self._question("service_level_by_queue")

    def by_interval(self) -> Question:
        """One row an interval, over all queues asked for."""
        return self._question(
            "service_level_by_interval", interval=self.interval, zone=self.zone.key
        )

    def _question(self, name: str, **values: str) -> Question:
        return question(
            name,
            department_ids=self.department_ids,
            queue_ids=self.queue_ids,
            from_at=_start_of(self.from_date, self.zone),
            to_at=_start_of(self.to_date + timedelta(days=1), self.zone),
            **values,
        )


def default_days(first_at: datetime, last_at: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The last seven days there are; the instants are UTC without a zone."""
    first, last = (at.replace(tzinfo=UTC).astimezone(zone).date() for at in (first_at, last_at))
    return max(first, last - timedelta(days=_DEFAULT_DAYS - 1)), last


def default_interval(days: int) -> Interval:
    """Intervals that make a readable chart of so many days."""
    if days <= 1:
        return "15 minutes"
    return "hour" if days <= _DEFAULT_DAYS else "day"


def coarse_enough(interval: Interval, days: int) -> Interval:
    """`interval`, or the next coarser one that is not too fine for so many days."""
    fitting: list[Interval] = [
        one for one in INTERVALS[INTERVALS.index(interval) :] if days <= MOST_DAYS[one]
    ]
    return fitting[0] if fitting else "day"


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    """The day's first instant in the zone, as UTC without a zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)
