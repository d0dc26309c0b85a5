"""Signatures of what is posted, by the Standard Webhooks specification: made and checked.

A message is signed with its id and the second it is sent in, so that neither can be changed and a
message that somebody kept cannot be sent again later. Pure, but for what `Remembered` keeps.

    headers = sign_headers([secret], "event_42", body, now=now)
    verify([secret], headers, body, now=now, seen=remembered)
"""

import base64
import hashlib
import hmac
import secrets as random_secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from lodge_platform.errors import RefusedError

_PREFIX = "whsec_"
WINDOW = timedelta(minutes=5)


class Seen(Protocol):
    """What remembers messages that were taken."""

    def take(self, message_id: str, *, now: datetime, until: datetime) -> bool:
        """Note the message and say whether it is new; it may be forgotten after `until`."""
        ...


class Remembered:
    """Messages that were taken, in the memory of one process, at most so many."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._until: OrderedDict[str, datetime] = OrderedDict()
        self._lock = Lock()

    def take(self, message_id: str, *, now: datetime, until: datetime) -> bool:
        """As `Seen` says. Full of messages that may not be forgotten yet, it takes no new one."""
        with self._lock:
            while self._until and next(iter(self._until.values())) < now:
                self._until.popitem(last=False)
            if message_id in self._until or len(self._until) >= self._most:
                return False
            self._until[message_id] = until
            return True


def new_secret() -> str:
    """A secret of 256 random bits, as both sides write it."""
    return _PREFIX + base64.b64encode(random_secrets.token_bytes(32)).decode()


def sign_headers(
    secrets: Sequence[str], message_id: str, body: bytes, *, now: datetime
) -> dict[str, str]:
    """The three headers that go with `body`; one signature for each secret that is valid now."""
    second = str(int(now.timestamp()))
    signatures = [_signature(_key(each), message_id, second, body) for each in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": second,
        "webhook-signature": " ".join(signatures),
    }


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    seen: Seen,
    window: timedelta = WINDOW,
) -> str:
    """The id of a message that is genuine, of now, and new.

    Raises RefusedError for a missing header, a time outside the window, a signature by none of
    the secrets, or a message that was taken before.
    """
    given = {name.lower(): value for name, value in headers.items()}
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        if not given.get(name):
            raise RefusedError(f"header {name} is missing", field=name)
    message_id, second = given["webhook-id"], given["webhook-timestamp"]
    if not (second.isascii() and second.isdigit() and len(second) <= 12):
        raise RefusedError("webhook-timestamp is not in seconds", field="webhook-timestamp")
    if abs(now.timestamp() - int(second)) > window.total_seconds():
        minutes = int(window.total_seconds() // 60)
        said = f"webhook-timestamp is more than {minutes} minutes away from now"
        raise RefusedError(said, field="webhook-timestamp")
    passed = [each.encode() for each in given["webhook-signature"].split(" ")]
    wanted = [_signature(_key(each), message_id, second, body).encode() for each in secrets]
    # Every pair is compared, so that the time taken tells nothing.
    fits = [hmac.compare_digest(one, other) for one in passed for other in wanted]
    if not any(fits):
        raise RefusedError("webhook-signature fits none of the secrets", field="webhook-signature")
    if not seen.take(message_id, now=now, until=now + 2 * window):
        raise RefusedError("this message was taken before", field="webhook-id")
    return message_id


def _signature(key: bytes, message_id: str, second: str, body: bytes) -> str:
    signed = b".".join([message_id.encode(), second.encode(), body])
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) < 16:
        raise RefusedError(f"a webhook's secret is {_PREFIX} and base64 of at least 16 bytes")
    return key
