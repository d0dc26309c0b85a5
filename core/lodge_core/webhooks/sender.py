"""The service `webhook_sender`: puts events in line for webhooks and posts them, several at once.

Claim, post and end of each delivery are separate commits. A kill at any instant leaves a delivery
that was never claimed, or one that perhaps arrived: that one is posted again, under the same id.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import Row, select

from lodge_core.webhooks import claiming, health, marks
from lodge_core.webhooks.inforce import WebhookInForce, read_webhooks
from lodge_core.webhooks.posting import message_id_of, not_allowed, post
from lodge_core.webhooks.queuing import queue_new, queue_replays
from lodge_platform.clock import utc_now
from lodge_platform.feed import number_all
from lodge_platform.feed.told import told
from lodge_platform.feed.visible import events_visible
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.topics import Topic
from lodge_platform.outgoing import Limits, guarded_client, parse_allowed
from lodge_platform.schema.active import ActivityEvent
from lodge_platform.services import Round, ServiceProcess
from lodge_platform.services.held import holder_name, require_lease
from lodge_platform.services.saying import say

Clock = Callable[[], datetime]
LIMITS = Limits(connect_seconds=5, read_seconds=15, total_seconds=20, answer_bytes=100_000)
_AT_ONCE = 16
_OF_ONE = 4
_BUSY_SECONDS = 0.05
_IDLE_SECONDS = 2.0
_LOG = logging.getLogger(__name__)
_EVENTS = ActivityEvent.__table__


class WebhookSender:
    """The sender at work. `patience` must be more than the longest request takes."""

    def __init__(
        self,
        lodge: Lodge,
        *,
        by: str = "here",
        clock: Clock = utc_now,
        limits: Limits = LIMITS,
        patience: timedelta = timedelta(seconds=30),
    ) -> None:
        self._lodge = lodge
        self._by = by
        self._clock = clock
        self._patience = patience
        allowed = parse_allowed(lodge.settings.outgoing_allowed)
        self._client = guarded_client(allowed, limits=limits)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhook")
        self._under_way: dict[int, int] = {}
        self._away: dict[int, health.Away] = {}
        self._looked_at: dict[int, datetime] = {}
        self._lock = Lock()

    def tick(self, now: datetime) -> Round:
        """Put in line what is new, post what is due; comes back while posts are under way."""
        require_lease(now)
        with self._lodge.stores.master.read() as master:
            webhooks = [one for one in read_webhooks(master) if one.is_active]
        if not webhooks:
            return Round(60.0)
        more = self._follow(webhooks, now)
        troubles, running = self._states(webhooks, now)
        self._take_back(now)
        for delivery in self._claim(running, now):
            self._threads.submit(self._send, running[delivery.webhook_id], delivery)
        with self._lock:
            is_busy = bool(self._under_way)
        wait = 0.0 if more else _BUSY_SECONDS if is_busy else _IDLE_SECONDS
        return Round(wait, "; ".join(troubles) or None)

    def close(self) -> None:
        """Wait for what is under way, at most as long as one request takes."""
        self._threads.shutdown(wait=True)
        self._client.close()

    @property
    def is_busy(self) -> bool:
        """Whether posts are under way."""
        with self._lock:
            return bool(self._under_way)

    def _follow(self, webhooks: list[WebhookInForce], now: datetime) -> bool:
        """Put new events in line; whether there may be more at once."""
        active = self._lodge.stores.active
        number_all(active, now)
        queued = 0
        for webhook in webhooks:
            self._begin(webhook, now)
            queued += queue_new(active, webhook, now) + queue_replays(active, webhook, now)
        return queued > 0

    def _begin(self, webhook: WebhookInForce, now: datetime) -> None:
        active, follower = self._lodge.stores.active, marks.follower_of(webhook.webhook_id)
        with active.read() as connection:
            if marks.read_mark(connection, follower) is not None:
                return
        with self._lodge.stores.master.read() as master:
            created_at = marks.created_at(master, webhook.webhook_id)
        with active.write() as connection:
            if marks.read_mark(connection, follower) is None:
                marks.first_mark(connection, webhook.webhook_id, created_at=created_at, now=now)

    def _states(
        self, webhooks: list[WebhookInForce], now: datetime
    ) -> tuple[list[str], dict[int, WebhookInForce]]:
        """What is wrong with which, and those that may send."""
        troubles: list[str] = []
        running: dict[int, WebhookInForce] = {}
        for webhook in webhooks:
            reason = self._paused(webhook, now)
            away = self._away.get(webhook.webhook_id)
            if reason is not None:
                troubles.append(f"webhook {webhook.name} is paused: {reason}")
                continue
            running[webhook.webhook_id] = webhook
            if away is not None:
                troubles.append(f"webhook {webhook.name}: {away.answer}")
        return troubles, running

    def _paused(self, webhook: WebhookInForce, now: datetime) -> str | None:
        active, key = self._lodge.stores.active, webhook.webhook_id
        with active.read() as connection:
            mark = marks.read_mark(connection, marks.follower_of(key))
            if mark is not None and mark.paused_at is not None:
                return mark.pause_reason or "by hand"
            reason = health.NO_OWNER if webhook.reader is None else None
            if reason is None and self._is_looked_at(key, now):
                since = marks.resumed_at(connection, key)
                reason = health.failing_reason(connection, key, now, since=since)
        if reason is not None:
            self._pause(key, reason, now)
        return reason

    def _is_looked_at(self, webhook_id: int, now: datetime) -> bool:
        """Once in ten minutes, and only while something is wrong."""
        last = self._looked_at.get(webhook_id)
        if last is not None and timedelta(0) <= now - last < timedelta(minutes=10):
            return False
        self._looked_at[webhook_id] = now
        return True

    def _pause(self, webhook_id: int, reason: str, now: datetime) -> None:
        with self._lodge.stores.active.write() as connection:
            marks.pause(connection, webhook_id, reason, now=now)

    def _take_back(self, now: datetime) -> None:
        with self._lock:
            ours = list(self._under_way)
        active = self._lodge.stores.active
        with active.read() as connection:
            rule = claiming.stale(now, self._patience, ours)
            statement = select(claiming.DELIVERIES.c.webhook_delivery_id).where(*rule).limit(1)
            if connection.execute(statement).scalar() is None:
                return
        with active.write() as connection:
            claiming.take_back(connection, now, patience=self._patience, ours=ours)

    def _claim(self, running: dict[int, WebhookInForce], now: datetime) -> list[Row[Any]]:
        room = self._room(running, now)
        active = self._lodge.stores.active
        if not room:
            return []
        with active.read() as connection:
            if not claiming.is_any_due(connection, room, now):
                return []
        with active.write() as connection:
            claimed = claiming.claim(connection, room, by=self._by, now=now)
        with self._lock:
            self._under_way |= {row.webhook_delivery_id: row.webhook_id for row in claimed}
        return claimed

    def _room(self, running: Iterable[int], now: datetime) -> dict[int, int]:
        """How many more posts of each webhook may begin, those with the least under way first.

        A receiver that is away is asked by one at a time, after growing pauses.
        """
        with self._lock:
            busy = Counter(self._under_way.values())
            away = dict(self._away)
        left = _AT_ONCE - busy.total()
        room: dict[int, int] = {}
        for key in sorted(running, key=lambda each: busy[each]):
            most = int(away[key].is_asked(now)) if key in away else _OF_ONE
            places = max(0, min(most - busy[key], left))
            left -= places
            if places:
                room[key] = places
        return room

    def _send(self, webhook: WebhookInForce, delivery: Row[Any]) -> None:
        try:
            if self._is_allowed(webhook, delivery):
                message_id = message_id_of(delivery.event_id)
                body = delivery.payload.encode()
                ended = post(
                    self._client, self._lodge.settings, webhook, message_id, body, clock=self._clock
                )
            else:
                ended = not_allowed(self._clock)
            self._end(webhook, delivery, ended)
        except Exception as error:
            # It counts as begun, and is taken back and sent again when patience is over.
            _LOG.warning("delivery %s: %s", delivery.webhook_delivery_id, say(error))
        finally:
            with self._lock:
                self._under_way.pop(delivery.webhook_delivery_id, None)

    def _is_allowed(self, webhook: WebhookInForce, delivery: Row[Any]) -> bool:
        """Whether the owner may see, now, all that was written down when it was put in line."""
        if webhook.reader is None:
            return False
        with self._lodge.stores.active.read() as connection:
            statement = select(_EVENTS).where(
                _EVENTS.c.event_id == delivery.event_id, events_visible(webhook.reader)
            )
            event = connection.execute(statement).mappings().one_or_none()
        if event is None:
            return False
        hidden = told({str(name): event[name] for name in event}, webhook.reader)["withheld"]
        return set(hidden) <= set(orjson.loads(delivery.payload)["data"]["withheld"])

    def _end(self, webhook: WebhookInForce, delivery: Row[Any], ended: claiming.Ended) -> None:
        key = webhook.webhook_id
        with self._lock:
            if ended.is_away:
                # The receiver decides when it is asked, not how often this event was tried.
                away = self._away.setdefault(key, health.Away())
                until = away.failed(ended.answer, ended.finished_at, wished=ended.retry_at)
                ended = replace(ended, retry_at=until)
            elif ended.outcome != claiming.GIVEN_UP:
                self._away.pop(key, None)
        with self._lodge.stores.active.write() as connection:
            since = marks.resumed_at(connection, key)
            claiming.finish(connection, delivery, ended, by=self._by, resumed_at=since)
            if ended.is_gone:
                marks.pause(connection, key, health.GONE, now=ended.finished_at)


def _build(lodge: Lodge, _instance: str) -> WebhookSender:
    return WebhookSender(lodge, by=holder_name("webhook_sender"))


process = ServiceProcess(
    name="webhook_sender",
    summary="Delivers events to webhooks, in order for each case, until they are taken.",
    build=_build,
    wakes_on=tuple(Topic),
)
