"""The lease under which the present thread works, for code that writes under a fencing token."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from threading import Lock

from lodge_platform.errors import TryAgainError
from lodge_platform.services.leases import Lease


class LeaseLostError(TryAgainError):
    """The lease lapsed or went to another holder; nothing more may be done under it."""


class HeldLease:
    """A lease as it is renewed by one thread and looked at by another."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._is_lost = False
        self._lock = Lock()

    @property
    def lease(self) -> Lease:
        """As last renewed."""
        with self._lock:
            return self._lease

    def renewed(self, lease: Lease | None) -> None:
        """Note a renewal; None: another holder has it."""
        with self._lock:
            if lease is None:
                self._is_lost = True
            else:
                self._lease = lease

    def is_held(self, now: datetime) -> bool:
        """Whether work may go on under it."""
        with self._lock:
            return not self._is_lost and now < self._lease.expires_at

    def is_lost(self) -> bool:
        """Whether another holder is known to have it."""
        with self._lock:
            return self._is_lost


_PRESENT: ContextVar[HeldLease | None] = ContextVar("present_lease", default=None)


@contextmanager
def working_under(held: HeldLease) -> Generator[None]:
    """Within the block, this thread works under that lease."""
    token = _PRESENT.set(held)
    try:
        yield
    finally:
        _PRESENT.reset(token)


def fencing_token() -> int:
    """The token of the lease this thread works under; 0 where no service manager gave one."""
    held = _PRESENT.get()
    return 0 if held is None else held.lease.fencing_token


def holder_name(default: str) -> str:
    """Who holds the lease this thread works under; `default` where there is none."""
    held = _PRESENT.get()
    return default if held is None else held.lease.holder


def require_lease(now: datetime) -> None:
    """Raise LeaseLostError when the lease this thread works under is no longer held.

    A long tick calls it before each transaction; without a service manager it does nothing.
    """
    held = _PRESENT.get()
    if held is not None and not held.is_held(now):
        raise LeaseLostError("the lease of this service instance is lost; another may hold it")
