"""The service `mail_retriever`: looks into every active alias, each on a thread of its own.

One alias that hangs, or whose password is wrong, does not hold up the others.
"""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from threading import Event

import msgspec

from lodge_core.mail.aliases import AliasInForce, open_source, read_aliases
from lodge_core.mail.retrieve import Clock, Position, Retrieved, retrieve
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.lodge import Lodge
from lodge_platform.services import Round, ServiceProcess

_AT_ONCE = 4
_LONGEST_PAUSE_SECONDS = 300
_LOOK_SECONDS = 1.0


class _Progress(msgspec.Struct):
    position: Position = msgspec.field(default_factory=Position)
    due_at: datetime | None = None
    failures: int = 0
    trouble: str | None = None
    running: Future[Retrieved] | None = None


class MailRetriever:
    """Polls the aliases; `tick` starts what is due and gathers what has ended."""

    def __init__(self, lodge: Lodge, *, clock: Clock = utc_now) -> None:
        self.lodge = lodge
        self.clock = clock
        self._stop = Event()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mail_retriever")
        self._progress: dict[int, _Progress] = {}

    def tick(self, now: datetime) -> Round:
        """Start the looks that are due, wait a moment, and report those in trouble."""
        aliases = {alias.alias_id: alias for alias in _active(self.lodge)}
        for alias in aliases.values():
            progress = self._progress.setdefault(alias.alias_id, _Progress())
            if progress.running is None and (progress.due_at is None or progress.due_at <= now):
                progress.running = self._pool.submit(self._look, alias, progress.position)
        wait([p.running for p in self._progress.values() if p.running], timeout=_LOOK_SECONDS)
        for alias_id, progress in self._progress.items():
            if progress.running and progress.running.done() and alias_id in aliases:
                _gather(aliases[alias_id], progress, now)
        troubles = [p.trouble for key, p in self._progress.items() if p.trouble and key in aliases]
        return Round(self._pause(now), "; ".join(troubles) or None)

    def close(self) -> None:
        """Let running looks end after their batch."""
        self._stop.set()
        self._pool.shutdown(wait=True)

    def _look(self, alias: AliasInForce, position: Position) -> Retrieved:
        source = open_source(alias, self.lodge.settings)
        try:
            return retrieve(
                self.lodge,
                alias,
                source,
                clock=self.clock,
                position=position,
                should_stop=self._stop.is_set,
            )
        finally:
            source.close()

    def _pause(self, now: datetime) -> float:
        if any(progress.running for progress in self._progress.values()):
            return 0.2
        due = [p.due_at for p in self._progress.values() if p.due_at]
        return min(max((min(due) - now).total_seconds(), 0.2), 5.0) if due else 5.0


def _gather(alias: AliasInForce, progress: _Progress, now: datetime) -> None:
    ended = progress.running
    progress.running = None
    if ended is None:
        return
    error = ended.exception()
    pause = alias.poll_seconds
    if error is None:
        progress.failures, progress.trouble = 0, None
    else:
        progress.failures += 1
        pause = min(5 * 2 ** min(progress.failures - 1, 10), _LONGEST_PAUSE_SECONDS)
        said = str(error) if isinstance(error, LodgeError) else f"{type(error).__name__}: {error}"
        progress.trouble = f"{alias.address}: {said}"
    progress.due_at = now + timedelta(seconds=pause)


def retrieve_once(lodge: Lodge, *, clock: Clock = utc_now) -> dict[str, Retrieved | LodgeError]:
    """One look into every active alias, one after the other; by address, what it brought or why
    not."""
    results: dict[str, Retrieved | LodgeError] = {}
    for alias in _active(lodge):
        try:
            source = open_source(alias, lodge.settings)
            try:
                results[alias.address] = retrieve(lodge, alias, source, clock=clock)
            finally:
                source.close()
        except LodgeError as error:
            results[alias.address] = error
    return results


def _active(lodge: Lodge) -> list[AliasInForce]:
    with lodge.stores.master.read() as master:
        return [alias for alias in read_aliases(master) if alias.is_active]


def _build(lodge: Lodge, _instance: str) -> MailRetriever:
    return MailRetriever(lodge)


process = ServiceProcess(
    name="mail_retriever",
    summary="Fetches the mail of every active alias and takes it in.",
    build=_build,
)
