"""Python functions as sources: registered under an entry point group, called with values by name.

    # pyproject.toml of a package that is installed beside Lodge
    [project.entry-points."lodge.link_functions"]
    delivery_days = "our_package.delivery:delivery_days"

    def delivery_days(*, country: str | None) -> Iterable[Mapping[str, Any]]:
        yield {"carrier": "Post", "days": 2}

Only what is installed can be called: no text of a link is ever run.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import date
from decimal import Decimal
from importlib.metadata import entry_points
from inspect import signature
from itertools import islice
from pathlib import Path
from queue import Empty, Full, Queue
from threading import BoundedSemaphore, Event, Thread
from typing import Any, cast

from lodge_adapters.access import recorded as recordings
from lodge_adapters.access.source import Batch, BrokenSourceError, Context, SlowSourceError, Values
from lodge_adapters.language import Function, Link
from lodge_platform.errors import LodgeError, MistakeError, SetUpError, nearest
from lodge_platform.lodge import Lodge

GROUP = "lodge.link_functions"
_ROWS = 1000
_AHEAD = 2
_LOOK_SECONDS = 0.2
_WORDS = 200
_CELLS = (str, int, float, Decimal, date, bytes, list, tuple, dict, type(None))


class FunctionSource:
    """See `lodge_adapters.access.source.Source`.

    The function runs in a thread of its own, so that one that hangs holds nobody up: the caller
    hears SlowSourceError in time, and a generator ends at its next row. While as many hang as calls
    may run at once it is not called: threads that never end would become ever more.
    """

    def __init__(self, name: str, link: Link, lodge: Lodge, folder: Path) -> None:
        if link.access.function is None:
            raise MistakeError("a source of a function without `function`")
        self._name = name
        self._link = link
        self._function: Function = link.access.function
        self._turns = BoundedSemaphore(link.limits.at_once)

    @property
    def place(self) -> str:
        """The function, by its registered name."""
        return f"function {self._function.name}"

    def batches(self, values: Values, context: Context) -> Iterator[Batch]:
        """The function's rows; keys of one batch that a row lacks are None there.

        Raises SetUpError for a function that is not registered or takes other parameters.
        """
        run = self._found(values)
        with closing(self._apart(lambda: _batches(run(), self.place), context)) as running:
            yield from running

    def record(self, values: Values, context: Context) -> bytes:
        """As `recorded` says; one row more than the link's limit, where there are more."""
        return recordings.to_json(recordings.some_of(self.batches(values, context), context))

    def replay(self, recorded: bytes, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of a recording; the function is not called."""
        return recordings.from_json(recorded)

    def write(self, values: Values, key: str, context: Context) -> str:
        """Call the function with `idempotency_key` besides; gives the text that it gives.

        Raises what the function raises of ours: RefusedError is final, others are tried again.
        """
        run = self._found({**values, "idempotency_key": key})
        with closing(self._apart(lambda: iter([run()]), context)) as running:
            said = next(running)
        return str(said)[:_WORDS] if isinstance(said, (str, int)) else "done"

    def close(self) -> None:
        """Nothing is held between calls."""

    def _apart(self, work: Callable[[], Iterator[Any]], context: Context) -> Generator[Any]:
        # A call that has just ended gives its turn back within a moment.
        if not self._turns.acquire(timeout=min(1.0, context.left())):
            raise SlowSourceError(
                f"{self.place} is not called: {context.link.limits.at_once} calls of it hang"
            )
        yield from _apart(work, self.place, context, self._turns.release)

    def _found(self, values: Mapping[str, Any]) -> Callable[[], Any]:
        name = self._function.name
        points = {point.name: point for point in entry_points(group=GROUP)}
        if name not in points:
            hint = nearest(name, points) if points else "none is registered"
            raise SetUpError(f"no function {name!r} under the entry point group {GROUP}; {hint}")
        try:
            function: Any = points[name].load()
            signature(function).bind(**values)
        except (ImportError, AttributeError) as error:
            raise SetUpError(f"function {name!r} cannot be loaded: {points[name].value}") from error
        except TypeError as error:
            given = ", ".join(values) or "none"
            raise SetUpError(
                f"function {name!r} takes other parameters than the link gives: {given}"
            ) from error
        return lambda: function(**values)


def _batches(rows: Any, place: str) -> Iterator[Batch]:
    if isinstance(rows, (str, bytes, Mapping)) or not isinstance(rows, Iterable):
        kind = type(cast(Any, rows)).__name__
        raise BrokenSourceError(f"{place} gives {kind}, where mappings are wanted, one a row")
    coming = iter(cast("Iterable[Any]", rows))
    while some := list(islice(coming, _ROWS)):
        columns: dict[str, None] = {}
        for row in some:
            _require_row(row, place)
            columns.update(dict.fromkeys(cast("Mapping[str, Any]", row)))
        yield Batch(tuple(columns), [tuple(row.get(name) for name in columns) for row in some])


def _require_row(row: Any, place: str) -> None:
    if not isinstance(row, Mapping):
        raise BrokenSourceError(f"{place} gives a row that is {type(row).__name__}, no mapping")
    for name, cell in cast("Mapping[Any, Any]", row).items():
        if not isinstance(name, str):
            raise BrokenSourceError(f"{place} names a column by {type(name).__name__}, no text")
        if not isinstance(cell, _CELLS):
            raise BrokenSourceError(f"{place} gives {type(cell).__name__} for {name[:63]!r}")


def _apart(
    work: Callable[[], Iterator[Any]], place: str, context: Context, ended: Callable[[], None]
) -> Generator[Any]:
    """What `work` gives, made in a thread, a little ahead; at the deadline it is left alone.
    `ended` is called when the thread ends, however late."""
    made: Queue[tuple[bool, Any]] = Queue(_AHEAD)
    is_over = Event()

    def hand(is_error: bool, thing: Any) -> bool:
        while not is_over.is_set():
            with suppress(Full):
                made.put((is_error, thing), timeout=_LOOK_SECONDS)
                return True
        return False

    def run() -> None:
        try:
            for thing in work():
                if not hand(False, thing):
                    return
            hand(True, None)
        except BaseException as error:
            hand(True, error)
        finally:
            ended()

    try:
        Thread(target=run, name=place, daemon=True).start()
    except BaseException:
        ended()
        raise
    try:
        while True:
            try:
                is_end, thing = made.get(timeout=context.left())
            except Empty:
                raise SlowSourceError(
                    f"{place} did not answer in time: "
                    f"a call may take {context.link.limits.seconds:g} s"
                ) from None
            if is_end and thing is None:
                return
            if is_end:
                raise _ours(thing, place) from None
            yield thing
    finally:
        is_over.set()


def _ours(error: BaseException, place: str) -> LodgeError:
    """An error of ours as it is; of another only its kind, as its text may hold anything."""
    if isinstance(error, LodgeError):
        return error
    return BrokenSourceError(f"{place} failed ({type(error).__name__})")
