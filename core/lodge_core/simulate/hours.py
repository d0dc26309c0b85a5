"""The shop's hours, and when mail arrives in them. The present is always half past four.

So the past ends with an afternoon at work, whatever the clock of the machine says.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

PRESENT_HOUR = 16.5
# How much mail comes in each hour from midnight, relative to the others: a peak in the morning.
_CURVE = (1, 1, 0, 0, 1, 2, 5, 11, 20, 27, 25, 20, 15, 16, 18, 21, 19, 11, 8, 7, 6, 5, 3, 2)


def midnight_of(now: datetime, days_ago: int) -> datetime:
    """When the shop's day began, today's for 0."""
    return now - timedelta(hours=PRESENT_HOUR) - timedelta(days=days_ago)


def arrivals(
    chance: Random, count: int, *, midnight: datetime, until: datetime
) -> Sequence[datetime]:
    """`count` instants of one day, in order, spread along the curve, none after `until`."""
    hours = min((until - midnight).total_seconds() / 3600, 24.0)
    whole = int(hours)
    weights = [*_CURVE[:whole], *([_CURVE[whole] * (hours - whole)] if whole < 24 else [])]
    instants: list[datetime] = []
    for hour in chance.choices(range(len(weights)), weights, k=count):
        length = min(1.0, hours - hour)
        instants.append(midnight + timedelta(hours=hour + chance.random() * length))
    return sorted(instants)
