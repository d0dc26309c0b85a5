"""Data links of the small day: one in each state, and calls of them to be counted by hand."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from dashboards.small_day import at
from lodge_platform.lodge import Lodge
from lodge_platform.schema.active import DataLink, LinkCall
from lodge_platform.vocabulary import LinkOutcome

TEN = at("10:00:00")
DAY = timedelta(days=1)
FAULT = "line 3: 'urll' is unknown; did you mean 'url'?"


def put_links(lodge: Lodge) -> None:
    """Six links, one for each state."""
    known = {"is_active": True, "version": "1", "kind": "sql", "read_at": at("08:00:00")}
    said: dict[str, dict[str, Any]] = {
        "customer_lookup": {},
        "never_asked": {},
        "old_prices": {"is_active": False},
        "orders": {"failure": "db:3306 does not answer", "failing_since": at("11:00:00")},
        "prices": {"breach": "price is no decimal number", "breached_at": at("11:30:00")},
        "typo": {"fault": FAULT, "is_active": False, "kind": ""},
    }
    with lodge.stores.active.write() as connection:
        for link, changes in said.items():
            row = {"link": link, "title": f"The {link}", **known, **changes}
            connection.execute(insert(DataLink).values(row))


def put_calls(lodge: Lodge, department_id: int) -> None:
    """Twenty calls of 10 ms to 200 ms for Customer care, and some that do not count for it."""
    for number in range(1, 21):
        outcome = LinkOutcome.SLOW if number == 20 else LinkOutcome.ANSWERED
        put_call(lodge, "customer_lookup", outcome, number / 100, department_id)
    put_call(lodge, "customer_lookup", LinkOutcome.ANSWERED, 9, department_id, at("12:00:00") - DAY)
    put_call(lodge, "customer_lookup", LinkOutcome.ANSWERED, 9, None)
    for outcome in (LinkOutcome.DOWN, LinkOutcome.STALE, LinkOutcome.REFUSED):
        put_call(lodge, "orders", outcome, 2.5, department_id)


def put_call(
    lodge: Lodge,
    link: str,
    outcome: LinkOutcome,
    seconds: float,
    department_id: int | None,
    called_at: datetime = TEN,
) -> None:
    row = {
        "link": link,
        "version": "1",
        "caller_kind": "panel",
        "department_id": department_id,
        "outcome": outcome,
        "duration_seconds": seconds,
        "row_count": 1,
        "byte_count": 10,
        "discarded_count": 0,
        "called_at": called_at,
    }
    with lodge.stores.active.write() as connection:
        connection.execute(insert(LinkCall).values(row))
