"""The balance of the mailbox ledger: every message seen is stored, quarantined or ignored."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec
from sqlalchemy import func, select

from lodge_core.mail.aliases import AliasInForce, open_source, read_aliases
from lodge_core.mail.ledger import LEDGER
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import LedgerOutcome


class AliasBalance(msgspec.Struct, frozen=True):
    """Counts of one alias; `difference` is what was seen and has no end yet, 0 when it closes.

    `unseen_at_source` counts messages at the server without a ledger line; None when not asked.
    """

    alias: str
    seen: int
    stored: int
    quarantined: int
    ignored: int
    difference: int
    unseen_at_source: int | None = None


def balances(
    lodge: Lodge, *, day: date | None = None, is_source_asked: bool = False
) -> list[AliasBalance]:
    """The balance of each alias, of all time or of messages first seen on one UTC day."""
    with lodge.stores.master.read() as master:
        aliases = read_aliases(master)
    counts = _counts(lodge, day)
    return [_balance(lodge, alias, counts, is_source_asked) for alias in aliases]


def _counts(lodge: Lodge, day: date | None) -> dict[tuple[int, LedgerOutcome], int]:
    statement = select(LEDGER.c.alias_id, LEDGER.c.outcome, func.count()).group_by(
        LEDGER.c.alias_id, LEDGER.c.outcome
    )
    if day is not None:
        start = datetime.combine(day, time(), UTC)
        statement = statement.where(
            LEDGER.c.seen_at >= start, LEDGER.c.seen_at < start + timedelta(days=1)
        )
    with lodge.stores.active.read() as connection:
        return {(row[0], row[1]): row[2] for row in connection.execute(statement)}


def _balance(
    lodge: Lodge,
    alias: AliasInForce,
    counts: dict[tuple[int, LedgerOutcome], int],
    is_source_asked: bool,
) -> AliasBalance:
    by_outcome = {outcome: counts.get((alias.alias_id, outcome), 0) for outcome in LedgerOutcome}
    ended = (LedgerOutcome.STORED, LedgerOutcome.QUARANTINED, LedgerOutcome.IGNORED)
    seen = sum(by_outcome.values())
    return AliasBalance(
        alias=alias.address,
        seen=seen,
        stored=by_outcome[LedgerOutcome.STORED],
        quarantined=by_outcome[LedgerOutcome.QUARANTINED],
        ignored=by_outcome[LedgerOutcome.IGNORED],
        difference=seen - sum(by_outcome[outcome] for outcome in ended),
        unseen_at_source=_unseen(lodge, alias) if is_source_asked else None,
    )


def _unseen(lodge: Lodge, alias: AliasInForce) -> int:
    source = open_source(alias, lodge.settings)
    try:
        return sum(
            _without_line(
                lodge, alias, str(name), source.open_folder(str(name)), source.list_uids(None)
            )
            for name in alias.folders
        )
    finally:
        source.close()


def _without_line(
    lodge: Lodge, alias: AliasInForce, folder: str, validity: str, uids: Sequence[str]
) -> int:
    with lodge.stores.active.read() as connection:
        known = set(
            connection.execute(
                select(LEDGER.c.uid).where(
                    LEDGER.c.alias_id == alias.alias_id,
                    LEDGER.c.folder == folder,
                    LEDGER.c.uid_validity == validity,
                )
            ).scalars()
        )
    return len(set(uids) - known)
