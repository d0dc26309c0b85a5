"""Ask a link: parameters checked, the cache, the source behind its breaker, the contract."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from lodge_adapters.answers.plain import mappings_of
from lodge_adapters.asks import Ask, Asks
from lodge_adapters.cache import Entry
from lodge_adapters.call_errors import GONE, ReaderGoneError, UnusableSourceError
from lodge_adapters.callers import refuse_others
from lodge_adapters.calls import Journal
from lodge_adapters.describing import described, read_links
from lodge_adapters.library import KnownLink, Library
from lodge_adapters.making import Making
from lodge_adapters.outcomes import told
from lodge_adapters.panel import render_panel
from lodge_adapters.parameters import given_by
from lodge_adapters.states import keep_read
from lodge_platform.api.problems import sentence
from lodge_platform.errors import RefusedError, TryAgainError
from lodge_platform.links.answers import LinkDescription, LinkPanel, LinkRows, Provenance
from lodge_platform.links.asking import Caller, CallerKind
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import LinkOutcome

_OPERATING = (CallerKind.OPERATOR, CallerKind.PIPELINE)


class OpenLinks:
    """The links of one Lodge; see `lodge_platform.links.asking.Links`."""

    def __init__(self, lodge: Lodge) -> None:
        self.lodge = lodge
        self.journal = Journal(lodge)
        self.library = Library(lodge, self._keep_read)
        self.asks = Asks(lodge, self.library, self.journal)

    def described(self) -> Sequence[LinkDescription]:
        """Every link there is a file of, also those that cannot be used; by name."""
        return described(self.library)

    def ask(
        self, name: str, given: Mapping[str, str], *, caller: Caller, now: datetime
    ) -> LinkRows:
        """The rows, with parameters `given` by name; at most the link's row limit.

        Raises NotFoundError, RefusedError and TryAgainError, as `Links` says.
        """
        ask = self.asks.asked(name, given, caller, now)
        refuse_writing(ask.known)
        if (entry := self.asks.fresh(ask)) is not None:
            self.asks.note(ask, LinkOutcome.CACHED, end=entry.end, byte_count=entry.byte_count)
            return _answer(ask, entry, is_from_cache=True)
        try:
            return self._fetched(ask)
        except Exception as error:
            entry = self.asks.stand_in(ask, error)
            if entry is None:
                self.asks.failed(ask, error)
                if isinstance(error, UnusableSourceError) and caller.kind not in _OPERATING:
                    raise UnusableSourceError(told(error)) from error
                raise
            count = entry.byte_count
            self.asks.note(ask, LinkOutcome.STALE, end=entry.end, byte_count=count, error=error)
            return _answer(ask, entry, is_from_cache=True, is_stale=True)

    def ask_of(
        self, name: str, subject: Mapping[str, str | None], *, caller: Caller, now: datetime
    ) -> LinkRows:
        """The same, with parameters taken from an activity: values by the names of SUBJECT."""
        given = given_by(self.library.get(name).link, subject)
        return self.ask(name, given, caller=caller, now=now)

    def panel(
        self, name: str, subject: Mapping[str, str | None], *, caller: Caller, now: datetime
    ) -> LinkPanel:
        """The link as a panel; a source that does not answer is its `obstacle`, no error."""
        known = self.library.get(name)
        refuse_others(name, known.link, caller.reader)
        title = known.link.panel.title if known.link.panel else known.link.title
        try:
            rows = self.ask_of(name, subject, caller=caller, now=now)
            html = render_panel(known.link, rows, folder=known.folder)
        except TryAgainError as error:
            return LinkPanel(name=name, title=title, obstacle=sentence(Exception(told(error))))
        return LinkPanel(name=name, title=title, html=html, provenance=rows.provenance)

    def batches(
        self, name: str, given: Mapping[str, str], *, now: datetime
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        """For a load: all rows, whatever the row limit, a batch at a time, never from a cache."""
        ask = self.asks.asked(name, given, Caller(kind=CallerKind.PIPELINE), now)
        refuse_writing(ask.known)
        return self._loaded(ask)

    def close(self) -> None:
        """Write what is still to be written, and give back every connection."""
        self.library.close()
        self.asks.kept.clear()
        self.journal.close()

    def _fetched(self, ask: Ask) -> LinkRows:
        if ask.is_kept:
            flight, is_mine = self.asks.flight(ask)
            entry = flight.wait() if flight is not None else None
            if entry is not None:
                self.asks.landed(ask, entry, byte_count=entry.byte_count, is_mine=is_mine)
                return _answer(ask, entry, is_from_cache=not is_mine)
        making = Making(ask.known.link, ask.seen)
        call, place = self.asks.call(ask, making)
        rows: list[Mapping[str, Any]] = []
        try:
            while (piece := call.take()) is not None:
                rows += mappings_of(piece.rows, ask.known.link, ask.seen)
        finally:
            call.cancel()
        self.asks.ended(ask, making, None)
        return LinkRows(
            link=ask.known.name,
            version=ask.known.version,
            rows=rows,
            provenance=ask.provenance(place),
            is_truncated=making.is_truncated,
        )

    def _loaded(self, ask: Ask) -> Iterator[Sequence[Mapping[str, Any]]]:
        making = Making(ask.known.link, ask.seen, is_load=True)
        try:
            call, _ = self.asks.call(ask, making, is_load=True)
        except Exception as error:
            self.asks.failed(ask, error)
            raise
        said: Exception | None = ReaderGoneError(GONE)
        try:
            while (piece := call.take()) is not None:
                yield mappings_of(piece.rows, ask.known.link, ask.seen)
            said = None
        except Exception as error:
            said = error
            raise
        finally:
            call.cancel()
            self.asks.ended(ask, making, said)

    def _keep_read(self, library: Library, now: datetime) -> None:
        self.journal.do(partial(_keep, read_links(library), now))


def open_links(lodge: Lodge) -> OpenLinks:
    """The links of this Lodge."""
    return OpenLinks(lodge)


def refuse_writing(known: KnownLink) -> None:
    """Raise RefusedError for a link that writes: it has no rows to hand out."""
    if known.link.writes:
        raise RefusedError(f"{known.name} writes; it is called by POST, and gives no rows")


def _keep(links: Any, now: datetime, connection: Any) -> None:
    keep_read(connection, links, now)


def _answer(ask: Ask, entry: Entry, *, is_from_cache: bool, is_stale: bool = False) -> LinkRows:
    return LinkRows(
        link=ask.known.name,
        version=ask.known.version,
        rows=mappings_of(entry.rows, ask.known.link, ask.seen),
        provenance=Provenance(
            source=entry.provenance.source,
            fetched_at=entry.provenance.fetched_at,
            is_from_cache=is_from_cache,
            is_stale=is_stale,
        ),
        is_truncated=entry.end.truncated,
    )
