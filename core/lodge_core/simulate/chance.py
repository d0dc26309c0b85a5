"""Seeded chance: the same seed plays the same day."""

import math
from random import Random


def seeded(seed: int) -> Random:
    """A source of chance for the demonstration."""
    return Random(seed)  # noqa: S311 - a demonstration is to be repeatable, not secret


def around(chance: Random, median: float, spread: float = 0.5) -> float:
    """A lognormal draw: half below `median`; `spread` 0.5 puts one in twenty above 2.3 times."""
    return median * math.exp(chance.gauss(0.0, spread))
