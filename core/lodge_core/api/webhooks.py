"""The resource `webhooks`: addresses that events are delivered to, and the ledger of deliveries."""

from datetime import datetime
from secrets import token_hex
from typing import Any

import orjson
from msgspec import UNSET
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lodge_core.api.bodies_of_webhooks import (
    ChangedWebhook,
    MadeWebhook,
    NewWebhook,
    Replay,
    Replaying,
    Tried,
    WebhookState,
)
from lodge_core.api.webhook_collections import ATTEMPTS, DELIVERIES, WEBHOOKS
from lodge_core.webhooks import inforce, marks, replaying
from lodge_core.webhooks.claiming import DELIVERED
from lodge_core.webhooks.ending import end_deliveries
from lodge_core.webhooks.posting import post
from lodge_core.webhooks.sender import LIMITS
from lodge_platform.api import Answer, Api, Call, refuse_stale
from lodge_platform.clock import utc_now
from lodge_platform.errors import ForbiddenError, NotFoundError, RefusedError
from lodge_platform.events.work import Work
from lodge_platform.feed import place_of
from lodge_platform.feed.reading import check_event_types
from lodge_platform.identity.actions import Action
from lodge_platform.identity.held_rights import covers, narrowed, rights_in, select_with_rights
from lodge_platform.outgoing import check_target, guarded_client, parse_allowed
from lodge_platform.schema.active import WebhookDelivery
from lodge_platform.schema.master import User, Webhook
from lodge_platform.vocabulary import DeliveryStatus

api = Api("webhooks", "Addresses that events are delivered to, signed, in order, at least once.")
_ONE = "/webhooks/{webhook_id}"
_DELIVERIES = WebhookDelivery.__table__
# What an owner may see decides what a webhook gets.
_SEEING = frozenset(
    {
        *(Action.ACTIVITY_READ, Action.ARTICLE_READ, Action.ARTICLE_WRITE, Action.CONTENT_READ),
        *(Action.CUSTOMER_READ, Action.PERSONAL_READ, Action.QUARANTINE_READ),
    }
)

api.collection(WEBHOOKS)
api.collection(DELIVERIES)
api.collection(ATTEMPTS, is_item=False)


@api.post(
    "/webhooks",
    action=Action.WEBHOOK_WRITE,
    body=NewWebhook,
    answer=MadeWebhook,
    status=201,
    writes="master",
    refusals=("conflict",),
)
def create_webhook(call: Call, body: NewWebhook, session: Session) -> Answer:
    """Make a webhook; its secret is shown this once.

    It gets what happens from now on, as far as you may see it."""
    _require(call, body.department_id)
    _check(call, body.url, body.event_types)
    secret, sealed = inforce.first_secret(call.lodge.settings)
    row = Webhook(
        user_id=call.reader.user_id,
        department_id=body.department_id,
        name=body.name,
        url=body.url,
        event_types=list(body.event_types),
        sealed_secret=sealed,
    )
    session.add(row)
    session.flush()
    headers = [("Location", f"/api/v1/webhooks/{row.webhook_id}"), ("ETag", f'"{row.version_no}"')]
    return _told(call, row, secret, status=201, headers=headers)


@api.patch(
    _ONE,
    action=Action.WEBHOOK_WRITE,
    body=ChangedWebhook,
    answer=WEBHOOKS,
    writes="master",
    refusals=("conflict",),
)
def change_webhook(call: Call, body: ChangedWebhook, session: Session) -> Answer:
    """Change a webhook; it is yours from then on.

    What waits goes to the new address."""
    row = _row(call, session)
    _check(call, body.url, body.event_types)
    given = {name: getattr(body, name) for name in body.__struct_fields__}
    for name, value in given.items():
        if value is not UNSET:
            setattr(row, name, value)
    row.user_id = call.reader.user_id
    return call.one(WEBHOOKS, row.webhook_id)


@api.delete(_ONE, action=Action.WEBHOOK_WRITE, writes="master")
def delete_webhook(call: Call, session: Session) -> Answer:
    """Delete a webhook; what waits for it is given up, and its ledger stays."""
    row = _row(call, session)
    key = row.webhook_id
    session.delete(row)
    session.flush()
    with call.lodge.stores.active.write() as connection:
        end_deliveries(connection, key, now=call.now)
    return call.nothing()


@api.post(
    _ONE + "/rotate",
    action=Action.WEBHOOK_WRITE,
    answer=MadeWebhook,
    writes="master",
    needs_match=True,
)
def rotate_webhook_secret(call: Call, session: Session) -> Answer:
    """Get another secret; it is shown this once.

    The one before signs along for 24 hours, so that the receiver can change without a gap."""
    row = _row(call, session)
    secret, row.sealed_secret = inforce.next_secret(
        call.lodge.settings, row.sealed_secret, now=call.now
    )
    session.flush()
    return _told(call, row, secret, headers=[("ETag", f'"{row.version_no}"')])


@api.get(_ONE + "/state", action=Action.WEBHOOK_READ, answer=WebhookState)
def read_webhook_state(call: Call) -> Answer:
    """Read whether it runs, since when it is paused and why, and what waits."""
    row = call.visible(WEBHOOKS, call.key("webhook_id"))
    own = _DELIVERIES.c.webhook_id == row.webhook_id
    counted = (
        select(_DELIVERIES.c.status, func.count(), func.max(_DELIVERIES.c.finished_at))
        .where(own)
        .group_by(_DELIVERIES.c.status)
    )
    with call.lodge.stores.active.read() as connection:
        mark = marks.read_mark(connection, marks.follower_of(row.webhook_id))
        found = {status: (count, last) for status, count, last in connection.execute(counted)}
    nothing = (0, None)
    open_ones = (DeliveryStatus.WAITING, DeliveryStatus.SENDING)
    said = WebhookState(
        is_active=row.is_active,
        paused_at=None if mark is None else mark.paused_at,
        pause_reason=None if mark is None else mark.pause_reason,
        moved_at=None if mark is None else mark.moved_at,
        waiting=sum(found.get(status, nothing)[0] for status in open_ones),
        given_up=found.get(DeliveryStatus.GIVEN_UP, nothing)[0],
        last_delivered_at=found.get(DeliveryStatus.DELIVERED, nothing)[1],
    )
    return call.value(said)


@api.post(_ONE + "/pause", action=Action.WEBHOOK_WRITE, status=204, refusals=("conflict",))
def pause_webhook(call: Call, work: Work) -> Answer:
    """Let it stand still; nothing is lost, it goes on from there when it is resumed."""
    key = _writable(call)
    if marks.read_mark(work.connection, marks.follower_of(key)) is None:
        with call.lodge.stores.master.read() as master:
            created_at = marks.created_at(master, key)
        marks.first_mark(work.connection, key, created_at=created_at, now=call.now)
    marks.pause(work.connection, key, f"by {call.reader.name}", now=call.now)
    return call.nothing()


@api.post(_ONE + "/resume", action=Action.WEBHOOK_WRITE, status=204, refusals=("conflict",))
def resume_webhook(call: Call, work: Work) -> Answer:
    """Let it go on from where it stood."""
    marks.resume(work.connection, _writable(call), now=call.now)
    return call.nothing()


@api.post(
    _ONE + "/replay",
    action=Action.WEBHOOK_WRITE,
    body=Replaying,
    answer=Replay,
    status=202,
    refusals=("conflict",),
)
def replay_webhook(call: Call, body: Replaying, work: Work) -> Answer:
    """Send again what was sent: all behind a cursor of the feed, or some deliveries.

    Each goes out under the id it had and, where it was sent before, with the same body."""
    key = _writable(call)
    if (body.after is None) == (body.webhook_delivery_ids is None):
        raise RefusedError("name a cursor or deliveries, one of the two", field="after")
    if body.after is not None:
        place = place_of(call.lodge.settings, body.after)
        number = replaying.replay_after(work.connection, key, place, now=call.now)
    else:
        chosen = body.webhook_delivery_ids or []
        number = replaying.replay_deliveries(work.connection, key, chosen, now=call.now)
    return call.value(Replay(replay_no=number), 202)


@api.post(_ONE + "/test", action=Action.WEBHOOK_WRITE, answer=Tried, writes=None)
def test_webhook(call: Call) -> Answer:
    """Send a message of type `test`, once and now, and see what is answered."""
    key = _writable(call)
    with call.lodge.stores.master.read() as master:
        webhook = next(
            (one for one in inforce.read_webhooks(master) if one.webhook_id == key), None
        )
    if webhook is None:
        raise NotFoundError("no webhook")
    body = orjson.dumps({"type": "test", "timestamp": _said(call.now), "data": {}})
    allowed = parse_allowed(call.lodge.settings.outgoing_allowed)
    with guarded_client(allowed, limits=LIMITS) as client:
        message_id = f"test_{token_hex(12)}"
        ended = post(client, call.lodge.settings, webhook, message_id, body, clock=utc_now)
    return call.value(Tried(is_delivered=ended.outcome == DELIVERED, answer=ended.answer))


def _told(call: Call, row: Webhook, secret: str, *, status: int = 200, **more: Any) -> Answer:
    kept = MadeWebhook(webhook_id=row.webhook_id, name=row.name, secret=None)
    said = MadeWebhook(webhook_id=row.webhook_id, name=row.name, secret=secret)
    return call.value(said, status, kept=kept, **more)


def _row(call: Call, session: Session) -> Webhook:
    """The webhook of the path, locked, to be changed by somebody who may own it."""
    key = _writable(call)
    row = session.get(Webhook, key, with_for_update=True)
    if row is None:
        raise NotFoundError("no webhook")
    refuse_stale(row, call.match)
    return row


def _writable(call: Call) -> int:
    row = call.visible(WEBHOOKS, call.key("webhook_id"))
    _require(call, row.department_id)
    return row.webhook_id


def _require(call: Call, department_id: int) -> None:
    """Whoever has a webhook gets by it what their user may see: a key that may see less, or a
    sign-in without the second factor that it takes, must not widen itself by one."""
    call.require(Action.WEBHOOK_WRITE, department_id)
    with call.lodge.stores.master.read() as master:
        one = select(User.user_id).where(User.user_id == call.reader.user_id).subquery()
        held = rights_in(master.execute(select_with_rights(one)))
    if not covers(call.reader, narrowed(held, _SEEING, [department_id])):
        raise ForbiddenError(
            "you lack rights of your user here, which a webhook of yours would have; "
            "use a key with all actions of its user"
        )


def _check(call: Call, url: Any, event_types: Any) -> None:
    if url is not UNSET:
        check_target(url, parse_allowed(call.lodge.settings.outgoing_allowed))
    if event_types is not UNSET:
        check_event_types(event_types)


def _said(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
