"""How often one caller may ask: a bucket of requests that fills again, told in the headers."""

from collections import OrderedDict
from dataclasses import dataclass

WINDOW_SECONDS = 60
_MOST_CALLERS = 20_000


@dataclass
class _Bucket:
    left: float
    at: float


@dataclass(frozen=True)
class Allowance:
    """Whether a request is let through, and what the headers say: `left` now, whole again later."""

    is_allowed: bool
    left: int
    full_in_seconds: int


class Limits:
    """Buckets by caller, in this process; `a_minute` 0 means without limit."""

    def __init__(self, a_minute: int) -> None:
        self.a_minute = a_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def ask(self, caller: str, at: float) -> Allowance:
        """Count one request of `caller` at the monotonic time `at`."""
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self.a_minute, at)
            if len(self._buckets) > _MOST_CALLERS:
                self._buckets.popitem(last=False)
        gained = (at - bucket.at) * self.a_minute / WINDOW_SECONDS
        bucket.left = min(self.a_minute, bucket.left + gained)
        bucket.at = at
        is_allowed = bucket.left >= 1
        if is_allowed:
            bucket.left -= 1
        missing = self.a_minute - bucket.left
        full = round(missing * WINDOW_SECONDS / self.a_minute)
        return Allowance(is_allowed, int(bucket.left), full)

    @property
    def policy(self) -> str:
        """The value of the header RateLimit-Policy."""
        return f'"minute";q={self.a_minute};w={WINDOW_SECONDS}'
