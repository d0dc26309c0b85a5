"""A workplace with a receiver that takes what links write, and a writer whose clock is moved."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from fixtures.receiver import Receiver, receiving
from fixtures.workplace import NINE, Workplace
from lodge_adapters.library import Library
from lodge_adapters.writer import LinkWriter
from lodge_adapters.writing import WRITES, WriteState, accept
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links.asking import Caller, CallerKind
from lodge_platform.lodge import Lodge

NOTE = """
title: A note on an order
term: Writes a note on an order of the shop.
parameters:
  - {{name: order, type: integer, required: true, term: Number of the order.}}
  - {{name: note, required: true, longest: 200, term: The note.}}
access:
  http:
    url: {url}
    method: POST
    json: {{order: "{{order}}", note: "{{note}}"}}
answer:
  fields:
    - {{name: id, term: Number of the note.}}
limits: {{seconds: {seconds}, at_once: {at_once}}}
callers: {{roles: [integrator]}}
writes: true
"""


@dataclass
class WritingHouse:
    """A Lodge with a folder of links; `ingrid` may write in its department."""

    place: Workplace
    lodge: Lodge
    receiver: Receiver
    now: Any = NINE
    more: list[Receiver] = field(default_factory=list[Receiver])

    def link(
        self,
        name: str = "order_note",
        *,
        receiver: Receiver | None = None,
        seconds: float = 5,
        at_once: int = 4,
    ) -> None:
        """A link that writes to the receiver."""
        url = (receiver or self.receiver).url("/notes")
        text = NOTE.format(url=url, seconds=seconds, at_once=at_once)
        self.file(f"{name}.yaml", text)

    def file(self, name: str, text: str) -> None:
        """A file in the folder of links."""
        path = self.lodge.settings.home / "links" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")

    def reader(self, user_id: int = 7, **more: Any) -> SignedIn:
        """Somebody who may write by links."""
        rights = {self.place.department_id: frozenset({Action.LINK_WRITE})}
        given = {"rights": rights, "department_id": self.place.department_id} | more
        return SignedIn(0, user_id, "ingrid", "Ingrid", **given)

    def write(
        self,
        key: str,
        name: str = "order_note",
        *,
        activity_id: int | None = None,
        reader: SignedIn | None = None,
        **given: str,
    ) -> WriteState:
        """Take a write under this key."""
        values = {"order": "7", "note": "call back"} | given
        caller = Caller(
            kind=CallerKind.API_KEY, reader=reader or self.reader(), activity_id=activity_id
        )
        link = Library(self.lodge).get(name).link
        return accept(self.lodge, name, link, values, key=key, caller=caller, now=self.now)

    def writes(self) -> list[Any]:
        """Every write, in the order in which they were taken."""
        return list(self.place.rows(select(WRITES).order_by(WRITES.c.link_write_id)))

    @contextmanager
    def writer(self, *, by: str = "here", **options: Any) -> "Generator[MovedWriter]":
        """A writer at work on the house's clock."""
        made = MovedWriter(self, LinkWriter(self.lodge, by=by, clock=lambda: self.now, **options))
        try:
            yield made
        finally:
            made.real.close()


@dataclass
class MovedWriter:
    """A writer at work at the house's `now`, which tests move."""

    house: WritingHouse
    real: LinkWriter
    trouble: str | None = None

    def work(self) -> None:
        """Tick at the present instant until nothing is under way or due."""
        quiet = 0
        give_up = time.monotonic() + 60
        while quiet < 2:
            assert time.monotonic() < give_up
            self.trouble = self.real.tick(self.house.now).trouble
            quiet = 0 if self.real.is_busy else quiet + 1
            if self.real.is_busy:
                time.sleep(0.005)

    def pass_time(self, seconds: float) -> None:
        """Later, and at work."""
        self.house.now += timedelta(seconds=seconds)
        self.work()


@contextmanager
def writing_house(place: Workplace) -> Generator[WritingHouse]:
    """The house with one receiver, which it may call."""
    with receiving() as receiver:
        settings = replace(place.lodge.settings, outgoing_allowed=receiver.host)
        place.lodge = replace(place.lodge, settings=settings)
        yield WritingHouse(place, place.lodge, receiver)
