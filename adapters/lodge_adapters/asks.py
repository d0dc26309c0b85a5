"""One question to a link, and what answers it: kept answers, calls of the source, the journal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from cachetools import LRUCache

from lodge_adapters.access.source import Batch, TooLargeError
from lodge_adapters.answers.contracts import Row
from lodge_adapters.answers.envelope import End
from lodge_adapters.answers.fields import Seen
from lodge_adapters.cache import MOST_BYTES_OF_ONE, Entry, Kept, Key, size_of
from lodge_adapters.call_errors import UnusableSourceError
from lodge_adapters.called import Called
from lodge_adapters.callers import refuse_others, seen_by
from lodge_adapters.calls import Journal
from lodge_adapters.flights import Flight, Flights
from lodge_adapters.library import KnownLink, Library
from lodge_adapters.making import Making, Piece
from lodge_adapters.outcomes import detail_of, outcome_of, said_of, verdict_of
from lodge_adapters.parameters import values_of
from lodge_adapters.places import Place, Places
from lodge_adapters.running import CallContext, SourceCall
from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.answers import Provenance
from lodge_platform.links.asking import Caller
from lodge_platform.lodge import Lodge
from lodge_platform.secret_values import secret
from lodge_platform.vocabulary import LinkOutcome

_MOST_UNKEPT = 1000


@dataclass
class Ask:
    """A question whose asker and parameters were checked; `key` tells its answer from others. It
    is noted once, by `Asks.note`."""

    known: KnownLink
    caller: Caller
    seen: Seen
    values: dict[str, Any]
    key: Key
    now: datetime
    began: float = field(default_factory=monotonic)

    def again(self, reader: SignedIn, now: datetime) -> "Ask":
        """The same question at another time, by a reader of the same rights."""
        caller = Caller(kind=self.caller.kind, reader=reader)
        return Ask(self.known, caller, self.seen, self.values, self.key, now)

    @property
    def is_kept(self) -> bool:
        """Whether its answer may be kept."""
        cache = self.known.link.cache
        return cache.seconds > 0 or cache.stale_if_error_seconds > 0

    def provenance(self, place: str) -> Provenance:
        """Where an answer that is fetched for it comes from."""
        return Provenance(source=place, fetched_at=self.now)


class Asks:
    """What all questions of a process share: answers kept, calls under way, places and breakers."""

    def __init__(self, lodge: Lodge, library: Library, journal: Journal) -> None:
        self.library, self.journal = library, journal
        self.kept = Kept()
        self._lodge = lodge
        self._flights = Flights()
        self._places = Places()
        self._unkept: LRUCache[Key, bool] = LRUCache(_MOST_UNKEPT)

    def running(self) -> int:
        """How many calls of sources run now."""
        return self._places.running()

    def asked(self, name: str, given: Mapping[str, str], caller: Caller, now: datetime) -> Ask:
        """The question, checked. Raises NotFoundError and RefusedError."""
        began = monotonic()
        known = self.library.get(name)
        refuse_others(name, known.link, caller.reader)
        try:
            values = values_of(known.link, given)
        except RefusedError as error:
            self.failed(Ask(known, caller, frozenset(), {}, (), now, began), error)
            raise
        seen = seen_by(caller.reader)
        key = (known.name, known.version, seen, *values.values())
        return Ask(known, caller, seen, values, key, now, began)

    def fresh(self, ask: Ask) -> Entry | None:
        """A kept answer that is fresh."""
        entry = self.kept.get(ask.key) if ask.known.link.cache.seconds > 0 else None
        return entry if entry is not None and entry.is_fresh(ask.now) else None

    def stand_in(self, ask: Ask, error: Exception) -> Entry | None:
        """A kept answer that may stand in where the source does not answer."""
        is_passing = isinstance(error, TryAgainError) and not isinstance(error, TooLargeError)
        if not is_passing or not ask.is_kept:
            return None
        entry = self.kept.get(ask.key)
        return entry if entry is not None and entry.is_usable(ask.now) else None

    def flight(self, ask: Ask) -> tuple[Flight | None, bool]:
        """The call whose answer will be kept, and whether this question began it; None where the
        answer is known to be too large to be kept."""
        key = ask.key
        if key in self._unkept:
            return None, True
        flight, is_mine = self._flights.join(key)
        if is_mine:
            try:
                self._begin(ask, flight)
            except Exception as error:
                flight.land(None, error)
        return flight, is_mine

    def call(
        self, ask: Ask, making: Making, *, is_load: bool = False
    ) -> tuple[SourceCall[Piece], str]:
        """A call of the source that was begun, and the source's place. Raises LeftAloneError and
        SetUpError."""
        return self._call(ask, making, making.pieces, _nothing, is_load=is_load)

    def note(
        self,
        ask: Ask,
        outcome: LinkOutcome,
        *,
        end: End | None = None,
        byte_count: int = 0,
        error: Exception | None = None,
        breach: str | None = None,
    ) -> None:
        """Leave a row in the journal: how the question ended."""
        is_cached = outcome is LinkOutcome.CACHED
        self.journal.note(
            Called(
                link=ask.known.name,
                version=ask.known.version,
                caller=ask.caller,
                outcome=outcome,
                called_at=ask.now,
                duration_seconds=monotonic() - ask.began,
                row_count=end.rows if end is not None else 0,
                byte_count=byte_count,
                discarded_count=end.discarded if end is not None else 0,
                detail=None if error is None else detail_of(error),
                said=None if is_cached else said_of(error, breach),
            )
        )

    def landed(self, ask: Ask, entry: Entry, *, byte_count: int, is_mine: bool) -> None:
        """Note that the question was answered by a call, its own or another's."""
        outcome = LinkOutcome.ANSWERED if is_mine else LinkOutcome.CACHED
        self.note(ask, outcome, end=entry.end, byte_count=byte_count, breach=entry.breach)

    def ended(self, ask: Ask, making: Making, error: Exception | None) -> None:
        """Note how a call of its own ended, after what it handed out."""
        outcome = LinkOutcome.ANSWERED if error is None else outcome_of(error)
        self.note(
            ask,
            outcome,
            end=making.end,
            byte_count=making.byte_count,
            error=error,
            breach=making.breach,
        )

    def failed(self, ask: Ask, error: Exception) -> None:
        """Note that the question was not answered."""
        self.note(ask, outcome_of(error), error=error)

    def _begin(self, ask: Ask, flight: Flight) -> None:
        making = Making(ask.known.link, ask.seen)
        rows: list[Row] = []

        def collect(batches: Iterator[Batch]) -> Iterator[None]:
            size = 0
            for piece in making.pieces(batches):
                size += size_of(piece.rows)
                if size > MOST_BYTES_OF_ONE:
                    self._unkept[ask.key] = True
                    return
                rows.extend(piece.rows)
            place = ask.known.source().place
            entry = Entry(
                rows,
                ask.provenance(place),
                making.end,
                ask.known.link.cache,
                size,
                making.byte_count,
                making.breach,
            )
            self.kept.put(ask.key, entry)
            flight.land(entry)
            yield from ()

        def ended(error: Exception | None) -> None:
            flight.land(None, error)

        flight.call, _ = self._call(ask, making, collect, ended)

    def _call(
        self, ask: Ask, making: Making, make: Any, ended: Any, *, is_load: bool = False
    ) -> tuple[SourceCall[Any], str]:
        known = ask.known
        try:
            place = self._places.at(known.source().place)
            context = self._context(ask, is_load=is_load)
        except SetUpError as error:
            raise UnusableSourceError(str(error)) from error
        is_try = place.breaker.let_in(known.link.breaker, ask.now)
        call: SourceCall[Any] = SourceCall(
            known,
            place,
            ask.values,
            context,
            make=make,
            ended=lambda error: self._ended(ask, place, is_try, error, ended),
        )
        call.start()
        return call, place.name

    def _ended(
        self, ask: Ask, place: Place, is_try: bool, error: Exception | None, then: Any
    ) -> None:
        verdict = verdict_of(error)
        if verdict is None:
            place.breaker.undecided(is_try=is_try)
        elif verdict:
            place.breaker.answered(is_try=is_try)
        else:
            at = ask.now + timedelta(seconds=monotonic() - ask.began)
            place.breaker.failed(ask.known.link.breaker, at, is_try=is_try)
        then(error)

    def _context(self, ask: Ask, *, is_load: bool) -> CallContext:
        known = ask.known
        return CallContext(
            lodge=self._lodge,
            name=known.name,
            link=known.link,
            folder=known.folder,
            now=ask.now,
            deadline=ask.began + known.link.limits.seconds,
            allowed=known.allowed,
            secret=partial(secret, self._lodge.settings),
            is_load=is_load,
        )


def _nothing(_error: Exception | None) -> None:
    """Nobody else is to be told."""
