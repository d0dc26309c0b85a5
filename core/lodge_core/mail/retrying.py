"""Take a quarantined message in again from its kept bytes, as if it had just come."""

from datetime import datetime

from sqlalchemy import select

from lodge_core.mail.aliases import read_aliases
from lodge_core.mail.incoming import Incoming, TakenIn
from lodge_core.mail.intake import take_in
from lodge_core.mail.ledger import LEDGER
from lodge_core.mail.quarantine import QUARANTINE
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import QuarantineStatus


def retry(lodge: Lodge, quarantine_id: int, *, now: datetime) -> TakenIn:
    """What became of it now. Raises NotFoundError, or RefusedError when it no longer waits."""
    with lodge.stores.active.read() as connection:
        line = connection.execute(
            select(QUARANTINE, LEDGER.c.mail_ledger_id, LEDGER.c.received_at)
            .join(LEDGER, LEDGER.c.quarantine_id == QUARANTINE.c.quarantine_id)
            .where(QUARANTINE.c.quarantine_id == quarantine_id)
        ).one_or_none()
    if line is None:
        raise NotFoundError(f"quarantine has no line {quarantine_id}")
    if line.status is not QuarantineStatus.WAITING:
        raise RefusedError(f"quarantine line {quarantine_id} is {line.status.value}, not waiting")
    with lodge.stores.master.read() as master:
        alias = next(a for a in read_aliases(master) if a.alias_id == line.alias_id)
    message = Incoming(
        line_id=line.mail_ledger_id,
        alias_id=alias.alias_id,
        department_id=alias.department_id,
        alias_address=alias.address,
        raw=lodge.files.get(line.raw_sha256),
        received_at=line.received_at or now,
        quarantine_id=quarantine_id,
    )
    return take_in(lodge, [message], now=now)
