"""Bringing a whole source: one thing after another, with a list of what was refused."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lodge_core.bringing.ledger import Ledger
from lodge_core.bringing.sending import Sending
from lodge_core.bringing.things import Kind, NotBrought, Rejected, Thing


@dataclass
class Counts:
    """How many of one kind were made, were there already, were brought before, were refused."""

    made: int = 0
    found: int = 0
    before: int = 0
    rejected: int = 0


@dataclass
class Outcome:
    """What became of a source."""

    counts: dict[str, Counts] = field(default_factory=dict[str, Counts])
    rejected: list[Rejected] = field(default_factory=list[Rejected])

    def of(self, kind: str) -> Counts:
        """The counts of one kind."""
        return self.counts.setdefault(kind, Counts())

    def reject(self, kind: str, rejected: Rejected) -> None:
        """Count it, and keep why."""
        self.of(kind).rejected += 1
        self.rejected.append(rejected)


def bring(
    things: Iterable[Thing | Rejected],
    sending: Sending,
    ledger: Ledger,
    outcome: Outcome,
    *,
    kind: Kind | None = None,
    each: Callable[[], None] = lambda: None,
) -> None:
    """Make every thing that was not brought before; `each` is called after each of them.

    What became of them is told in `outcome`, also when this raises. `kind` is that of what could
    not even be read. Raises TryAgainError when the server stays away and ForbiddenError for a key
    that is not accepted: what was done until then is kept.
    """
    seen: dict[tuple[str, str], str] = {}
    for one in things:
        if isinstance(one, Rejected):
            outcome.reject(kind or "line", one)
        else:
            _bring(one, sending, ledger, outcome, seen)
        each()


def _bring(
    thing: Thing,
    sending: Sending,
    ledger: Ledger,
    outcome: Outcome,
    seen: dict[tuple[str, str], str],
) -> None:
    counts = outcome.of(thing.kind)
    earlier = seen.setdefault((thing.kind, thing.source_id), thing.where)
    try:
        if earlier != thing.where:
            raise NotBrought(f"id {thing.source_id!r} stands already at {earlier}")
        if ledger.is_done(thing.kind, thing.source_id):
            counts.before += 1
        elif sending.send(thing):
            counts.made += 1
        else:
            counts.found += 1
    except NotBrought as error:
        refused = Rejected(
            where=thing.where, reason=str(error), given=thing.given, source_id=thing.source_id
        )
        outcome.reject(thing.kind, refused)
