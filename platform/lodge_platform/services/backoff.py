"""How long to wait after failures in a row: longer each time, never more than a minute."""

LONGEST_SECONDS = 60.0


def backoff_seconds(failures: int, *, jitter: float, longest: float = LONGEST_SECONDS) -> float:
    """The pause after `failures` in a row (from 1): 1, 2, 4 ... seconds, up to `longest`.

    `jitter`, from 0 to 1, takes up to a quarter off, so that many do not come back at once.
    """
    doubled = 2.0 ** min(max(failures, 1) - 1, 30)
    return min(longest, doubled) * (1 - jitter / 4)
