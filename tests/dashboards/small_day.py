"""A small day with figures counted by hand, published by the real pipelines, and who may see it.

On 5 January 2026, times in UTC, thresholds of an hour:

| queue   | queued   | taken    | wait           | completed | handle |
|---------|----------|----------|----------------|-----------|--------|
| General | 09:01:00 | 09:11:00 | 600 s          | 09:16:00  | 300 s  |
| General | 09:05:00 | 10:20:00 | 4500 s, late   | 10:30:00  | 600 s  |
| General | 10:02:00 | waits    |                |           |        |
| Refunds | 09:20:00 | 10:20:00 | 3600 s, within | 10:40:00  | 1200 s |
| Refunds | 11:50:00 | waits    |                |           |        |
| Offers  | 09:30:00 | waits    | in the department Sales    ||        |

The state is taken at 12:05:00.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from fixtures.stores import StoreUrls
from fixtures.workplace import Workplace, open_workplace
from lodge_core.agents.desk import complete, pick
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import create_user, seed_roles, sign_in
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.active import MailLedgerLine, QuarantinedInput
from lodge_platform.schema.master import Department
from lodge_platform.settings import Settings, load
from lodge_platform.vocabulary import LedgerOutcome, QuarantineStatus

PASSWORD = "correct horse"


def at(clock: str) -> datetime:
    """An instant of the day, by its clock in UTC: `09:01:00`."""
    return datetime.fromisoformat(f"2026-01-05T{clock}+00:00")


NOON = at("12:06:00")


@dataclass(frozen=True)
class Day:
    """The published day. `queues` and `departments` give keys by name."""

    lodge: Lodge
    queues: dict[str, int]
    departments: dict[str, int]

    @property
    def settings(self) -> Settings:
        """Settings of its home."""
        return self.lodge.settings

    def token(self, name: str = "ada", *, now: datetime = NOON) -> str:
        """The token of a sign-in: ada supervises Customer care, sal Sales; otto is an agent, and
        anna an analyst, of Customer care."""
        return sign_in(self.lodge, name, PASSWORD, "127.0.0.1", now)


def new_lodge(migrated: StoreUrls, home: Path) -> Lodge:
    """A Lodge in `home` with migrated, empty stores."""
    for name, url in zip(("master", "active"), migrated, strict=True):
        shutil.copyfile(url.removeprefix("sqlite:///"), home / f"{name}.db")
    return open_lodge(load(home, {}))


def make_day(lodge: Lodge) -> Day:
    """Let the day happen."""
    place = open_workplace(lodge)
    care = place.department_id
    _let_work_happen(place)
    sales = _add_sales(place)
    place.department_id = care
    _add_mail(place)
    with change_configuration(lodge.stores.master, by="test", now=at("08:00:00")) as session:
        seed_roles(session)
    for name, role, department_id in (
        ("ada", "supervisor", care),
        ("otto", "agent", care),
        ("anna", "analyst", care),
        ("sal", "supervisor", sales),
    ):
        create_user(
            lodge,
            name,
            display_name=name.capitalize(),
            department_id=department_id,
            password=PASSWORD,
            roles=[role],
            by="test",
            now=at("08:00:00"),
        )
    return Day(lodge, dict(place.queues), {"Customer care": care, "Sales": sales})


def _let_work_happen(place: Workplace) -> None:
    grace = place.agent("grace", "Everybody", "Billing")
    place.ready("grace", now=at("08:59:00"))
    first = place.queued("General", now=at("09:01:00"))
    late = place.queued("General", now=at("09:05:00"))
    pick(place.lodge, first, agent_id=grace, now=at("09:11:00"))
    complete(place.lodge, first, agent_id=grace, now=at("09:16:00"))
    exact = place.queued("Refunds", now=at("09:20:00"))
    place.queued("General", now=at("10:02:00"))
    pick(place.lodge, late, agent_id=grace, now=at("10:20:00"))
    pick(place.lodge, exact, agent_id=grace, now=at("10:20:00"))
    complete(place.lodge, late, agent_id=grace, now=at("10:30:00"))
    complete(place.lodge, exact, agent_id=grace, now=at("10:40:00"))
    place.queued("Refunds", now=at("11:50:00"))


def _add_sales(place: Workplace) -> int:
    with change_configuration(place.lodge.stores.master, by="test", now=at("08:00:00")) as session:
        sales = Department(name="Sales")
        session.add(sales)
        session.flush()
        place.department_id = sales.department_id
    place.queue("Offers", group="Sellers")
    place.queued("Offers", now=at("09:30:00"))
    return place.department_id


def _add_mail(place: Workplace) -> None:
    """Five mails seen: three stored, one in quarantine, one without an end yet."""
    ours = {"alias_id": place.alias_id, "department_id": place.department_id}
    outcomes = [
        *(LedgerOutcome.STORED,) * 3,
        LedgerOutcome.QUARANTINED,
        LedgerOutcome.SEEN,
    ]
    with place.lodge.stores.active.write() as connection:
        for uid, outcome in enumerate(outcomes, start=1):
            line = {"folder": "INBOX", "uid_validity": "1", "uid": str(uid), "outcome": outcome}
            values = ours | line | {"mail_ledger_id": uid, "seen_at": at("09:00:00")}
            connection.execute(insert(MailLedgerLine).values(values))
        connection.execute(
            insert(QuarantinedInput).values(
                **ours,
                quarantine_id=1,
                stage="parse",
                reason_code="no_content",
                detail="the message is empty",
                size_bytes=0,
                status=QuarantineStatus.WAITING,
                attempts=1,
                quarantined_at=at("09:00:00").astimezone(UTC),
            )
        )
