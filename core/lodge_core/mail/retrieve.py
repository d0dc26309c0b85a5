"""One look at one alias' source: every new message gets its ledger line, then is taken in.

The order is what makes it safe to be killed anywhere: lines are committed before anything is
fetched, outcomes with the rows they brought, and only then is anything changed at the source.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from lodge_core.mail import ledger
from lodge_core.mail.aliases import AliasInForce
from lodge_core.mail.incoming import Incoming, TakenIn
from lodge_core.mail.intake import take_in
from lodge_core.mail.ledger import Folder, LedgerLine
from lodge_core.mail.sources import FetchedMessage, MailSource
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import AfterStored, LedgerOutcome

BATCH = 100
_LISTED_AT_ONCE = 1000

Clock = Callable[[], datetime]


class Retrieved(msgspec.Struct):
    """What one look brought."""

    seen: int = 0
    taken_in: TakenIn = msgspec.field(default_factory=TakenIn)


class Position(msgspec.Struct):
    """How far each folder was listed, kept between looks so that old lines need not be read."""

    after: dict[tuple[int, str, str], int] = msgspec.field(default_factory=dict)


def retrieve(
    lodge: Lodge,
    alias: AliasInForce,
    source: MailSource,
    *,
    clock: Clock,
    position: Position | None = None,
    action: AfterStored | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Retrieved:
    """Look into every folder of the alias. Raises TryAgainError as it stands when one fails.

    `action` overrides what the alias says is done with stored messages.
    """
    total = Retrieved()
    for name in alias.folders:
        validity = source.open_folder(str(name))
        folder = Folder(alias.alias_id, alias.department_id, str(name), validity)
        look = _Look(lodge, alias, source, folder, clock, action or alias.after_stored)
        total.seen += look.note_new(position or Position())
        while not should_stop() and (taken := look.take_in_next()):
            total.taken_in.add(taken)
        look.settle()
    return total


class _Look(msgspec.Struct, frozen=True):
    lodge: Lodge
    alias: AliasInForce
    source: MailSource
    folder: Folder
    clock: Clock
    action: AfterStored

    def note_new(self, position: Position) -> int:
        """List what is new and write its ledger lines; gives how many."""
        place = (self.folder.alias_id, self.folder.name, self.folder.uid_validity)
        is_numbered = self.folder.uid_validity.isdigit()
        if is_numbered and place not in position.after:
            with self.lodge.stores.active.write() as connection:
                ledger.renumbered(connection, self.folder, now=self.clock())
                position.after[place] = ledger.last_uid(connection, self.folder)
        after = position.after.get(place, 0)
        uids = self.source.list_uids(str(after) if after else None)
        new = 0
        for start in range(0, len(uids), _LISTED_AT_ONCE):
            some = uids[start : start + _LISTED_AT_ONCE]
            with self.lodge.stores.active.write() as connection:
                new += ledger.note_seen(connection, self.folder, some, now=self.clock())
        if is_numbered and uids:
            position.after[place] = int(uids[-1])
        return new

    def take_in_next(self) -> TakenIn | None:
        """Fetch and commit the next batch, then act on it at the source; None when all is done."""
        with self.lodge.stores.active.read() as connection:
            lines = ledger.undecided(connection, self.folder, limit=BATCH)
        if not lines:
            return None
        line_of = {line.uid: line for line in lines}
        fetched = self.source.fetch(list(line_of))
        now = self.clock()
        here = [self._incoming(message, line_of[message.uid], now) for message in fetched]
        gone = [line_of[message.uid] for message in fetched if message.raw is None]
        settled_as = self.action.value if self.action is AfterStored.LEAVE else None
        messages = [message for message in here if message]
        taken = take_in(self.lodge, messages, now=now, settled_as=settled_as)
        self._note_gone(gone, now)
        taken.ignored += len(gone)
        self.settle()
        return taken

    def settle(self) -> None:
        """Do at the source what is still to be done with committed messages, in sets."""
        while lines := self._unsettled():
            self.source.settle([line.uid for line in lines], self.action, self.alias.move_to_folder)
            with self.lodge.stores.active.write() as connection:
                ledger.note_settled(connection, lines, self.action.value, now=self.clock())

    def _unsettled(self) -> Sequence[LedgerLine]:
        with self.lodge.stores.active.read() as connection:
            return ledger.unsettled(connection, self.folder, limit=_LISTED_AT_ONCE)

    def _incoming(
        self, message: FetchedMessage, line: LedgerLine, now: datetime
    ) -> Incoming | None:
        if message.raw is None:
            return None
        return Incoming(
            line_id=line.mail_ledger_id,
            alias_id=self.alias.alias_id,
            department_id=self.alias.department_id,
            alias_address=self.alias.address,
            raw=message.raw,
            # A server whose clock is ahead must not date mail into the future.
            received_at=min(message.received_at or now, now),
        )

    def _note_gone(self, lines: Sequence[LedgerLine], now: datetime) -> None:
        decisions = [
            {
                "line_id": line.mail_ledger_id,
                "outcome": LedgerOutcome.IGNORED,
                "reason": "gone from the source before it could be fetched",
                "decided_at": now,
                "server_action": "gone",
                "server_action_at": now,
            }
            for line in lines
        ]
        if decisions:
            with self.lodge.stores.active.write() as connection:
                ledger.decide(connection, decisions)
