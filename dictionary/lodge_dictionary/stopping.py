"""Stop what engines are doing when their time is up, and say what stopped them."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread

import duckdb

from lodge_platform.errors import MistakeError, RefusedError

_AGAIN_SECONDS = 0.05


class Deadline:
    """When the time of one query is up; `seconds` is how much there was."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left; 0 when there is none."""
        return max(0.0, self._until - time.monotonic())

    @contextmanager
    def over(self, *engines: duckdb.DuckDBPyConnection) -> Generator[None]:
        """Stop `engines` at the deadline. Raises RefusedError for what was stopped."""
        self.require_time()
        done = Event()
        Thread(target=self._stop, args=(engines, done), daemon=True).start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise self._late() from error
        except duckdb.OutOfMemoryException as error:
            raise RefusedError(
                "the query needs more memory than setting memory_limit_megabytes allows"
            ) from error
        except (duckdb.Error, OSError, ValueError, MistakeError) as error:
            if not self.left:  # a stream that was stopped at its other end breaks in its own way
                raise self._late() from error
            raise
        finally:
            done.set()

    def require_time(self) -> None:
        """Raise RefusedError when the time is up."""
        if not self.left:
            raise self._late()

    def _late(self) -> RefusedError:
        return RefusedError(f"the query took longer than {self.seconds:g} seconds")

    def _stop(self, engines: tuple[duckdb.DuckDBPyConnection, ...], done: Event) -> None:
        done.wait(self.left)
        while not done.wait(_AGAIN_SECONDS):  # a statement that began just now heard nothing yet
            for engine in engines:
                engine.interrupt()
