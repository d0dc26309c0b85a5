"""The pause after failures."""

from hypothesis import given
from hypothesis import strategies as st

from lodge_platform.services.backoff import backoff_seconds

JITTER = st.floats(min_value=0, max_value=1)


def test_the_pause_doubles_up_to_a_minute() -> None:
    pauses = [backoff_seconds(failures, jitter=0) for failures in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(min_value=0, max_value=10**6), JITTER)
def test_the_pause_is_never_nothing_and_never_more_than_a_minute(
    failures: int, jitter: float
) -> None:
    assert 0.75 <= backoff_seconds(failures, jitter=jitter) <= 60
