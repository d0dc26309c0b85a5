"""One try to deliver: signed, posted through the guard, and what became of it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from lodge_core.webhooks.claiming import DELIVERED, GIVEN_UP, TRY_AGAIN, Ended
from lodge_core.webhooks.inforce import WebhookInForce, valid_secrets
from lodge_platform.errors import LodgeError, SetUpError, TryAgainError
from lodge_platform.outgoing.client import GuardedClient
from lodge_platform.outgoing.signatures import sign_headers
from lodge_platform.settings import Settings

Clock = Callable[[], datetime]
_LOG = logging.getLogger(__name__)
_LONGEST_ANSWER = 200
_AWAY = frozenset({429, 502, 503, 504})
_GONE = 410
_LONGEST_WISH = timedelta(hours=4)


def message_id_of(event_id: int) -> str:
    """The id under which receivers know the event, whenever and however often it is sent."""
    return f"event_{event_id}"


def post(
    client: GuardedClient,
    settings: Settings,
    webhook: WebhookInForce,
    message_id: str,
    body: bytes,
    *,
    clock: Clock,
) -> Ended:
    """Post the body. Never raises for what the other side or the way to it does."""
    started_at = clock()
    try:
        secrets = valid_secrets(settings, webhook.sealed_secret, now=started_at)
        headers = sign_headers(secrets, message_id, body, now=started_at)
        headers["content-type"] = "application/json"
        with client.stream("POST", webhook.url, content=body, headers=headers) as answer:
            said = _said(answer)
            return _ended(answer, said, started_at, clock())
    except TryAgainError as error:
        return Ended(TRY_AGAIN, str(error)[:_LONGEST_ANSWER], started_at, clock(), is_away=True)
    except SetUpError as error:
        # Its words name files and settings of this machine: for the log, not for the owner.
        _LOG.error("webhook %s: %s", webhook.webhook_id, error)
        said = "this Lodge is not set up to send it; its log says what is missing"
        return Ended(TRY_AGAIN, said, started_at, clock())
    except LodgeError as error:
        return Ended(TRY_AGAIN, str(error)[:_LONGEST_ANSWER], started_at, clock())


def not_allowed(clock: Clock) -> Ended:
    """The owner may not see the event any more, or not all that was written down of it."""
    now = clock()
    return Ended(GIVEN_UP, "the webhook's owner may not see this event any more", now, now)


def _ended(answer: httpx.Response, said: str, started_at: datetime, now: datetime) -> Ended:
    status = answer.status_code
    if 200 <= status < 300:
        return Ended(DELIVERED, said, started_at, now)
    return Ended(
        TRY_AGAIN,
        said,
        started_at,
        now,
        is_away=status in _AWAY,
        is_gone=status == _GONE,
        retry_at=_wished(answer.headers.get("retry-after", ""), now) if status in _AWAY else None,
    )


def _said(answer: httpx.Response) -> str:
    """Status and first words. An answer that breaks off has said its status all the same."""
    first = b""
    try:
        for chunk in answer.iter_bytes():
            first += chunk
            if len(first) >= _LONGEST_ANSWER:
                break
    except LodgeError:
        first = b""
    words = first.decode("utf-8", "replace")
    plain = "".join(each if each.isprintable() else " " for each in words)
    return " ".join(f"{answer.status_code} {plain}".split())[:_LONGEST_ANSWER]


def _wished(text: str, now: datetime) -> datetime | None:
    """When the receiver asked to be tried again, four hours from now at most."""
    try:
        if text.isascii() and text.isdigit() and len(text) < 9:
            wished = now + timedelta(seconds=int(text))
        else:
            wished = parsedate_to_datetime(text)
    except ValueError:
        return None
    if wished.tzinfo is None:
        return None
    return min(wished, now + _LONGEST_WISH)
