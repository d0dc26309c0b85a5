"""A workplace with a receiver on loopback, webhooks to it, and a sender whose clock is moved."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import select

from fixtures.receiver import Received, Receiver
from fixtures.workplace import NINE, Workplace
from lodge_core.webhooks.inforce import first_secret
from lodge_core.webhooks.sender import WebhookSender
from lodge_platform.configuration import change_configuration
from lodge_platform.events.catalogue import EmailSendingStopped
from lodge_platform.events.recorder import Recorder
from lodge_platform.identity import create_user, seed_roles
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing import Limits
from lodge_platform.schema.active import FeedMark, WebhookAttempt, WebhookDelivery
from lodge_platform.schema.master import Webhook

QUICK = Limits(connect_seconds=0.5, read_seconds=0.5, total_seconds=1.0, answer_bytes=100_000)
DELIVERIES = WebhookDelivery.__table__


@dataclass
class House:
    """A department whose user `ingrid`, an integrator, has webhooks to the receiver."""

    place: Workplace
    lodge: Lodge
    receiver: Receiver
    owner_id: int = 0
    secret: str = ""

    def webhook(
        self,
        name: str = "warehouse",
        *,
        url: str | None = None,
        event_types: Sequence[str] = (),
        department_id: int | None = None,
        now: datetime = NINE,
    ) -> int:
        """A webhook; its key. `secret` is that of the last one made."""
        self.secret, sealed = first_secret(self.lodge.settings)
        with change_configuration(self.lodge.stores.master, by="test", now=now) as session:
            row = Webhook(
                user_id=self.owner_id,
                department_id=department_id or self.place.department_id,
                name=name,
                url=url or self.receiver.url("/hook"),
                event_types=list(event_types),
                sealed_secret=sealed,
            )
            session.add(row)
            session.flush()
            return row.webhook_id

    def happen(self, case_id: int, *, times: int = 1, now: datetime = NINE) -> None:
        """Something happens to a case of the department: a mail was not sent, so many times."""
        with self.lodge.stores.active.write() as connection:
            recorder = Recorder(connection, now=now, configuration_version_id=0)
            for number in range(times):
                recorder.record(
                    EmailSendingStopped(outbox_id=number, outcome="failed", reply="no"),
                    case_id,
                    case_id=case_id,
                    department_id=self.place.department_id,
                )
            recorder.flush()

    def sender(self, *, by: str = "here", **options: Any) -> "MovedSender":
        """A sender of a clock of its own, which begins at nine."""
        return MovedSender(self.lodge, by=by, **options)

    def deliveries(self, webhook_id: int | None = None) -> list[Any]:
        """Every delivery, in the order in which they were put in line."""
        statement = select(DELIVERIES).order_by(DELIVERIES.c.webhook_delivery_id)
        if webhook_id is not None:
            statement = statement.where(DELIVERIES.c.webhook_id == webhook_id)
        return list(self.place.rows(statement))

    def attempts(self) -> list[Any]:
        """Every try."""
        table = WebhookAttempt.__table__
        return list(self.place.rows(select(table).order_by(table.c.webhook_attempt_id)))

    def mark(self, webhook_id: int) -> Any:
        """How far a webhook has come."""
        table = FeedMark.__table__
        return self.place.one(select(table).where(table.c.follower == f"webhook:{webhook_id}"))


class MovedSender:
    """A sender at work at `now`, which tests move."""

    def __init__(self, lodge: Lodge, *, by: str = "here", **options: Any) -> None:
        self.now = NINE
        given: dict[str, Any] = {"limits": QUICK, "patience": timedelta(seconds=30)}
        self.real = WebhookSender(lodge, by=by, clock=lambda: self.now, **given | options)
        self.trouble: str | None = None

    def work(self) -> None:
        """Tick at the present instant until nothing is under way or due."""
        quiet = 0
        while quiet < 2:
            round_ = self.real.tick(self.now)
            self.trouble = round_.trouble
            is_busy = self.real.is_busy or round_.wait_seconds == 0
            quiet = 0 if is_busy else quiet + 1
            if self.real.is_busy:
                time.sleep(0.005)

    def pass_time(self, *, hours: float = 0, minutes: float = 0, step: timedelta) -> None:
        """Let time pass, with a tick at each step."""
        until = self.now + timedelta(hours=hours, minutes=minutes)
        while self.now < until:
            self.now = min(until, self.now + step)
            self.work()

    def close(self) -> None:
        """End."""
        self.real.close()


def make_house(place: Workplace, receiver: Receiver) -> House:
    """The owner, and settings that allow the receiver."""
    with change_configuration(place.lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    settings = replace(place.lodge.settings, outgoing_allowed=receiver.where)
    place.lodge = replace(place.lodge, settings=settings)
    owner_id = create_user(
        place.lodge,
        "ingrid",
        display_name="Ingrid",
        department_id=place.department_id,
        password="correct horse",
        roles=["integrator"],
        by="test",
        now=NINE,
    )
    return House(place, place.lodge, receiver, owner_id)


def data_of(request: Received) -> dict[str, Any]:
    """The event in a request."""
    return orjson.loads(request.body)["data"]
