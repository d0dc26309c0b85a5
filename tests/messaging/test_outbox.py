"""The outbox: claimed by one, begun before it is sent, never sent twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert, select

from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.messaging import outbox
from lodge_platform.messaging.outbox import Attempt
from lodge_platform.schema.active import DeliveryAttempt, OutboxMessage
from lodge_platform.stores import Stores
from lodge_platform.vocabulary import OutboxStatus

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TOPIC = "email.send"
STALE = timedelta(minutes=10)


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def put(stores: Stores, count: int = 1, **values: Any) -> list[int]:
    row = {
        "topic": TOPIC,
        "department_id": 1,
        "object_id": 1,
        "payload": {"to": ["ada@example.org"]},
        "status": OutboxStatus.WAITING,
        "attempts": 0,
        "created_at": NINE,
        "due_at": NINE,
    } | values
    with stores.active.write() as connection:
        statement = insert(OutboxMessage).returning(OutboxMessage.outbox_id)
        return [connection.execute(statement, [row]).scalar_one() for _ in range(count)]


def claim(stores: Stores, by: str = "a", *, limit: int = 10, **options: Any) -> list[int]:
    now = options.pop("now", NINE)
    with stores.active.write() as connection:
        rows = outbox.claim(connection, TOPIC, limit=limit, by=by, now=now, **options)
        return [row.outbox_id for row in rows]


def finish(stores: Stores, key: int, outcome: str, *, by: str = "a", **options: Any) -> None:
    attempt = Attempt(outcome, "250 ok", NINE, after(1), **options)
    with stores.active.write() as connection:
        outbox.finish(connection, key, attempt, by=by)


def release(stores: Stores, now: datetime, *living: str) -> list[int]:
    with stores.active.write() as connection:
        rows = outbox.release_stale(connection, TOPIC, now=now, older_than=STALE, living=living)
        return [row.outbox_id for row in rows]


def line(stores: Stores, key: int) -> Any:
    table = OutboxMessage.__table__
    with stores.active.read() as connection:
        return connection.execute(select(table).where(table.c.outbox_id == key)).one()


def attempts(stores: Stores, key: int) -> list[tuple[int, str]]:
    table = DeliveryAttempt
    statement = select(table.attempt_no, table.outcome).where(table.outbox_id == key)
    with stores.active.read() as connection:
        rows = connection.execute(statement.order_by(table.delivery_attempt_id))
        return [(row.attempt_no, row.outcome) for row in rows]


def test_r32_a_line_is_claimed_by_one_sender_only(stores: Stores) -> None:
    keys = put(stores, 40)
    barrier = Barrier(4)

    def take(number: int) -> list[int]:
        barrier.wait()
        taken: list[int] = []
        while got := claim(stores, f"sender {number}", limit=3):
            taken += got
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [key for keys in pool.map(take, range(4)) for key in keys]
    assert sorted(taken) == keys


def test_only_lines_that_are_due_are_claimed_oldest_first(stores: Stores) -> None:
    [late] = put(stores, due_at=after(2))
    [early] = put(stores, due_at=after(1))
    put(stores, topic="webhook.send")
    assert claim(stores, now=NINE) == []
    assert claim(stores, now=after(1)) == [early]
    assert claim(stores, now=after(3)) == [late]


def test_r74_a_line_is_sent_only_by_its_finish_and_its_tries_are_written(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores)
    assert line(stores, key).status is OutboxStatus.CLAIMED
    finish(stores, key, "sent")
    sent = line(stores, key)
    assert (sent.status, sent.attempts, sent.last_reply) == (OutboxStatus.SENT, 1, "250 ok")
    assert sent.finished_at == after(1)
    assert attempts(stores, key) == [(1, "sent")]


def test_a_passing_failure_waits_longer_each_time(stores: Stores) -> None:
    [key] = put(stores)
    due: list[datetime] = []
    for _ in range(3):
        claim(stores, now=after(10_000))
        finish(stores, key, "try_again")
        due.append(line(stores, key).due_at)
    assert due == [after(2), after(3), after(5)]
    assert attempts(stores, key) == [(1, "try_again"), (2, "try_again"), (3, "try_again")]
    assert line(stores, key).claimed_by is None
    assert outbox.retry_pause(1000) == timedelta(hours=4)


def test_r79_what_has_its_end_cannot_be_finished_again(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores)
    finish(stores, key, "sent")
    with pytest.raises(ConflictError, match="is sent"):
        finish(stores, key, "try_again")
    assert line(stores, key).status is OutboxStatus.SENT
    assert claim(stores, now=after(10_000)) == []


def test_another_sender_cannot_finish_a_line(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores, "a")
    with pytest.raises(ConflictError, match="claimed by a"):
        finish(stores, key, "sent", by="b")


def test_an_unknown_outcome_is_refused_with_the_allowed_ones(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores)
    with pytest.raises(RefusedError, match="sent, try_again, failed, unknown"):
        finish(stores, key, "posted")


def test_r32_what_a_dead_sender_began_is_unknown_and_never_sent_again(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores, "dead")
    assert release(stores, after(9)) == []
    assert release(stores, after(11)) == [key]
    assert line(stores, key).status is OutboxStatus.UNKNOWN
    assert attempts(stores, key) == [(1, "unknown")]
    assert claim(stores, now=after(10_000)) == []
    assert release(stores, after(10_000)) == []


def test_a_living_sender_keeps_what_it_claimed_however_long_it_takes(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores, "slow")
    assert release(stores, after(1000), "slow") == []
    finish(stores, key, "sent", by="slow")


def test_what_a_dead_sender_had_not_begun_waits_again(stores: Stores) -> None:
    begun, unbegun = put(stores, 2)
    claim(stores, "dead", begins_later=True)
    with stores.active.write() as connection:
        outbox.begin(connection, [begun], by="dead")
    assert release(stores, after(11)) == [begun]
    assert line(stores, unbegun).status is OutboxStatus.WAITING
    assert claim(stores, "b", now=after(12)) == [unbegun]


def test_nobody_begins_what_was_given_to_another(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores, "slow", begins_later=True)
    release(stores, after(11))
    claim(stores, "quick", now=after(12), begins_later=True)
    with pytest.raises(ConflictError, match="not claimed by slow"), stores.active.write() as own:
        outbox.begin(own, [key], by="slow")
    assert line(stores, key).attempts == 0


def test_a_sender_that_was_thought_dead_may_still_say_how_it_ended(stores: Stores) -> None:
    [key] = put(stores)
    claim(stores, "slow")
    release(stores, after(11))
    finish(stores, key, "sent", by="slow")
    assert line(stores, key).status is OutboxStatus.SENT
    assert attempts(stores, key) == [(1, "unknown"), (1, "sent")]
