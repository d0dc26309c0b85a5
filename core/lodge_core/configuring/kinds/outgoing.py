"""Webhooks in files: where events go to; what they are signed with is never written."""

from typing import Any
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType

from lodge_core.configuring.effects import outgoing as effects
from lodge_core.webhooks.inforce import first_secret
from lodge_platform.configuring.kind import ConfigurationKind, Reference, Values
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.words import Name, Said, Text
from lodge_platform.errors import nearest
from lodge_platform.events.catalogue import PAYLOADS
from lodge_platform.identity.actions import Action
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Webhook


class SaidWebhook(Said, frozen=True, kw_only=True):
    """An address that events are delivered to, for a user whose rights say which."""

    name: Name
    department: Name
    user: Name
    url: Text
    event_types: list[Name] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


def _fits(values: Values, place: Place) -> None:
    url = values.get("url", UNSET)
    if isinstance(url, str) and not _is_address(url):
        raise place.at("url").refusal(
            "this is no address to deliver to; allowed: https://HOST/PATH, without a name and "
            "password in it"
        )
    types = values.get("event_types", UNSET)
    known = sorted(PAYLOADS)
    for number, code in enumerate(types if isinstance(types, list) else ()):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if code not in known:
            raise place.at("event_types", number).refusal(
                f"there is no event type {code!r}; {nearest(str(code), known)}",  # pyright: ignore[reportUnknownArgumentType]
                allowed=known,
            )


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and parts.port != 0
        )
    except ValueError:
        return False


def _fresh(lodge: Lodge) -> dict[str, Any]:
    return {"sealed_secret": first_secret(lodge.settings)[1], "event_types": list[str]()}


webhooks = ConfigurationKind(
    word="webhook",
    plural="webhooks",
    path="webhooks",
    row=Webhook,
    said=SaidWebhook,
    order=200,
    references=(
        Reference("department", "departments", "department_id"),
        Reference("user", "users", "user_id"),
    ),
    read_action=Action.WEBHOOK_READ,
    write_action=Action.WEBHOOK_WRITE,
    has_resource=False,
    fits=_fits,
    fresh=_fresh,
    effects=effects.of_webhooks,
)
