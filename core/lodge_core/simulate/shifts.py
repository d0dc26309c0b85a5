"""When an agent works: a shift of a day with its breaks. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec


class Break(msgspec.Struct, frozen=True):
    """A while of being not ready; `reason` as the agent gives it."""

    starts_at: datetime
    ends_at: datetime
    reason: str


class Shift(msgspec.Struct, frozen=True):
    """From signing in to signing out."""

    starts_at: datetime
    ends_at: datetime
    breaks: Sequence[Break]


def shift(chance: Random, number: int, *, midnight: datetime) -> Shift:
    """The shift of agent `number` from 0: half begin at eight, half at nine; all leave at five."""

    def around_hour(hour: float, minutes: float) -> datetime:
        return midnight + timedelta(hours=hour, minutes=chance.uniform(-minutes, minutes))

    late = number % 2
    planned = [
        (around_hour(10 + late * 0.5, 10), chance.uniform(10, 18), "break"),
        (around_hour(12 + late * 0.75, 10), chance.uniform(30, 45), "lunch"),
        (around_hour(15 + late * 0.25, 10), chance.uniform(8, 15), "break"),
    ]
    if number % 4 == 1:
        planned.insert(2, (around_hour(13.9, 5), 30.0, "training"))
    return Shift(
        starts_at=around_hour(8 + late, 6),
        ends_at=around_hour(17, 8),
        breaks=[
            Break(start, start + timedelta(minutes=minutes), reason)
            for start, minutes, reason in planned
        ],
    )
