"""How the rounds of one instance went: told to the registry at once, or as soon as it listens."""

import logging
from datetime import datetime
from threading import Lock

from sqlalchemy import Connection

from lodge_platform.services import leases
from lodge_platform.services.health_file import Health
from lodge_platform.services.held import HeldLease
from lodge_platform.services.instances import Instance
from lodge_platform.services.leases import Lease
from lodge_platform.services.place import Place
from lodge_platform.services.saying import say, strike

_LOG = logging.getLogger("lodge.services")


class Outcomes:
    """Written by the worker's thread, read and flushed by its process' attendant too."""

    def __init__(self, place: Place, instance: Instance) -> None:
        self.failures_in_row = 0
        self.last_success_at: datetime | None = None
        self._place = place
        self._instance = instance
        self._state = "starting"
        self._error: tuple[str, datetime] | None = None
        # The first good round clears what an earlier holder left.
        self._is_untold = False
        self._is_cleared = False
        self._lock = Lock()

    def is_in(self, state: str) -> None:
        """Note what the instance is doing."""
        if self._state != state:
            self._state = state
            self._place.changed()

    def failed(self, error: BaseException, held: HeldLease | None) -> None:
        """A round, or the way to one, ended with an error."""
        said = say(error, self._place.secrets)
        _LOG.warning("%s: %s", self._instance.name, said)
        _LOG.debug("%s: where it went wrong", self._instance.name, exc_info=error)
        self._is_wrong(said, held)

    def in_trouble(self, said: str, held: HeldLease) -> None:
        """A round went on with the rest, but something is wrong."""
        struck = strike(" ".join(said.split()), self._place.secrets)
        if self._error is None or self._error[0] != struck:
            _LOG.warning("%s: %s", self._instance.name, struck)
            self._is_wrong(struck, held)

    def succeeded(self, held: HeldLease, *, is_told_later: bool = False) -> None:
        """A round ended well. Writes only when that is news, or leaves that to `tell`."""
        now = self._place.clock()
        with self._lock:
            self.last_success_at = now
            if self._error is None and self._is_cleared:
                return
            if self._error is not None:
                _LOG.info("%s: mended", self._instance.name)
            self._error = None
            self.failures_in_row = 0
            self._is_untold = True
        if not is_told_later:
            self._place.changed()
            self._tell(held)

    def tell(self, connection: Connection, lease: Lease) -> None:
        """Write what the registry has not heard yet, in the caller's transaction."""
        with self._lock:
            if not self._is_untold:
                return
            if self._error is None:
                leases.note_success(
                    connection, lease, now=self.last_success_at or self._place.clock()
                )
                self._is_cleared = True
            else:
                said, at = self._error
                leases.note_failure(
                    connection, lease, said=said, now=at, failures_in_row=self.failures_in_row
                )
                self._is_cleared = False
            self._is_untold = False

    def health(self) -> Health:
        """How the instance is, for the file in the home."""
        with self._lock:
            said, at = self._error or (None, None)
            return Health(
                name=self._instance.name,
                process_id=self._place.process_id,
                state=self._state,
                at=self._place.clock().isoformat(),
                last_error=said,
                last_error_at=at.isoformat() if at else None,
                failures_in_row=self.failures_in_row,
            )

    def _is_wrong(self, said: str, held: HeldLease | None) -> None:
        with self._lock:
            self._error = said, self._place.clock()
            self.failures_in_row += 1
            self._is_untold = True
        self._place.changed()
        if held is not None:
            self._tell(held)

    def _tell(self, held: HeldLease) -> None:
        try:
            with self._place.lodge.stores.master.write() as connection:
                self.tell(connection, held.lease)
        except Exception as error:
            # The attendant tells it with its next renewal; the file in the home has it already.
            with self._lock:
                self._is_untold = True
            _LOG.debug("%s: not told to the registry: %s", self._instance.name, say(error))
