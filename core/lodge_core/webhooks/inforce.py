"""Webhooks as they are now: where they go, what they are signed with, and who stands for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, select

from lodge_platform.identity.actions import Action
from lodge_platform.identity.held_rights import narrowed, rights_in, select_with_rights
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.outgoing.signatures import new_secret
from lodge_platform.schema.master import User, Webhook
from lodge_platform.sealing import seal, unseal
from lodge_platform.settings import Settings

BOTH_SECRETS = timedelta(hours=24)
_WEBHOOKS = Webhook.__table__


class Secret(msgspec.Struct, frozen=True):
    """A secret and until when it signs; None: until it is replaced."""

    secret: str
    until: datetime | None = None


@dataclass(frozen=True)
class WebhookInForce:
    """One webhook. `reader` is its owner within its department; None: disabled or without right."""

    webhook_id: int
    name: str
    url: str
    department_id: int
    event_types: tuple[str, ...]
    sealed_secret: str
    is_active: bool
    reader: SignedIn | None


def read_webhooks(master: Connection) -> list[WebhookInForce]:
    """Every webhook, inactive ones too, each with the rights its owner has now."""
    rows = master.execute(select(_WEBHOOKS).order_by(_WEBHOOKS.c.webhook_id)).all()
    return [
        WebhookInForce(
            webhook_id=row.webhook_id,
            name=row.name,
            url=row.url,
            department_id=row.department_id,
            event_types=tuple(row.event_types),
            sealed_secret=row.sealed_secret,
            is_active=row.is_active,
            reader=owner_of(master, row.user_id, row.department_id),
        )
        for row in rows
    ]


def owner_of(master: Connection, user_id: int, department_id: int) -> SignedIn | None:
    """The user, with nothing but their rights in that department.

    None when the user is disabled or may not have webhooks there any more.
    """
    one = select(User.user_id).where(User.user_id == user_id).subquery()
    rows = master.execute(select_with_rights(one)).all()
    if not rows:
        return None
    owner = SignedIn(
        user_session_id=0,
        user_id=user_id,
        sign_in_name=rows[0].sign_in_name,
        display_name=rows[0].display_name,
        department_id=rows[0].department_id,
        **narrowed(rights_in(rows), frozenset(Action), [department_id]),
    )
    return owner if owner.may(Action.WEBHOOK_WRITE, department_id) else None


def first_secret(settings: Settings) -> tuple[str, str]:
    """A new secret, and the form in which the store keeps it."""
    secret = new_secret()
    return secret, _sealed(settings, [Secret(secret)])


def next_secret(settings: Settings, sealed: str, *, now: datetime) -> tuple[str, str]:
    """Another secret; the one before signs along for 24 hours, so that receivers can change."""
    secret = new_secret()
    before = [
        Secret(each.secret, each.until or now + BOTH_SECRETS)
        for each in _opened(settings, sealed)
        if each.until is None
    ]
    return secret, _sealed(settings, [Secret(secret), *before])


def valid_secrets(settings: Settings, sealed: str, *, now: datetime) -> list[str]:
    """What a message sent now is signed with, the newest first."""
    found = _opened(settings, sealed)
    return [each.secret for each in found if each.until is None or each.until > now]


def _sealed(settings: Settings, secrets: Sequence[Secret]) -> str:
    return seal(settings, msgspec.json.encode(list(secrets)).decode())


def _opened(settings: Settings, sealed: str) -> list[Secret]:
    return msgspec.json.decode(unseal(settings, sealed), type=list[Secret])
