"""How fresh the figures are: a value out of when they were landed and what time it is. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from lodge_dashboards.words import duration, moment

FRESH_FOR = timedelta(hours=1)
OLD_AFTER = timedelta(days=1)
State = Literal["fresh", "stale", "old"]
Colour = Literal["green", "orange", "red"]
_COLOURS: dict[State, Colour] = {"fresh": "green", "stale": "orange", "old": "red"}


@dataclass(frozen=True)
class Freshness:
    """`landed_at` is the instant whose state of the work the figures show; `age` how long ago."""

    landed_at: datetime
    age: timedelta

    @property
    def state(self) -> State:
        """fresh up to an hour, stale up to a day, then old."""
        if self.age <= FRESH_FOR:
            return "fresh"
        return "stale" if self.age <= OLD_AFTER else "old"

    @property
    def colour(self) -> Colour:
        """The badge's colour."""
        return _COLOURS[self.state]

    def said(self, zone: ZoneInfo) -> str:
        """The badge's words, short enough for a telephone."""
        as_of = moment(self.landed_at, zone)
        if self.state == "fresh":
            return f"Fresh: as of {as_of}"
        return f"Stale: as of {as_of}, {duration(self.age.total_seconds())} ago"


def freshness_at(landed_at: datetime, now: datetime) -> Freshness:
    """Freshness at `now`; a landing clock ahead of ours counts as now."""
    return Freshness(landed_at, max(now - landed_at, timedelta()))
