"""What the whole house shares: departments, media routing domains, services, how people come in."""

from typing import Annotated
from urllib.parse import urlsplit

from msgspec import UNSET, Meta, UnsetType

from lodge_core.configuring.effects import house as effects
from lodge_platform.configuring.kind import ConfigurationKind, Values
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.words import Name, Positive, Said, Text
from lodge_platform.identity.actions import Action
from lodge_platform.schema.master import (
    Department,
    IdentityProvider,
    MediaRoutingDomain,
    ServiceInstance,
)
from lodge_platform.services.registry import service_processes
from lodge_platform.vocabulary import DesiredState, Media

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SaidDepartment(Said, frozen=True, kw_only=True):
    """A department, the owner of most of the rest."""

    name: Name
    is_active: bool | UnsetType = UNSET


class SaidDomain(Said, frozen=True, kw_only=True):
    """A media routing domain: how much of one media an agent may hold."""

    name: Name
    media: Media
    task_limit: Positive
    offer_seconds: Positive
    misses_allowed: Positive
    is_interruptible: bool | UnsetType = UNSET


class SaidServiceInstance(Said, frozen=True, kw_only=True):
    """A service instance, what it runs and where it may."""

    name: Name
    process_name: Name
    host_name: Name | UnsetType | None = UNSET
    desired_state: DesiredState | UnsetType = UNSET
    is_automatic: bool | UnsetType = UNSET


class SaidIdentityProvider(Said, frozen=True, kw_only=True):
    """An OpenID Connect provider; the secret shared with it is named, never written."""

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    display_name: Name
    issuer: Text
    client_id: Name
    client_secret_name: Name
    is_active: bool | UnsetType = UNSET


def _provider_fits(values: Values, place: Place) -> None:
    issuer = values.get("issuer", UNSET)
    if not isinstance(issuer, str):
        return
    try:
        parts = urlsplit(issuer)
        is_safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
        is_plain = not parts.query and not parts.fragment and "@" not in parts.netloc
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_safe = is_plain = is_address = False
    if not (is_safe and is_plain and is_address):
        raise place.at("issuer").refusal(
            "this is no address of a provider; allowed: https://HOST/PATH, without a query"
        )


def _instance_fits(values: Values, place: Place) -> None:
    name, known = values.get("process_name", UNSET), sorted(service_processes())
    if isinstance(name, str) and name not in known:
        raise place.at("process_name").refusal(
            f"there is no service process {name!r}; allowed: {', '.join(known)}", allowed=known
        )


departments = ConfigurationKind(
    word="department",
    plural="departments",
    path="departments",
    row=Department,
    said=SaidDepartment,
    order=10,
    effects=effects.of_departments,
)
media_routing_domains = ConfigurationKind(
    word="media routing domain",
    plural="media_routing_domains",
    path="media-routing-domains",
    row=MediaRoutingDomain,
    said=SaidDomain,
    order=20,
    effects=effects.of_domains,
)
service_instances = ConfigurationKind(
    word="service instance",
    plural="service_instances",
    path="service-instances",
    row=ServiceInstance,
    said=SaidServiceInstance,
    order=900,
    switched_off={"desired_state": DesiredState.STOPPED, "is_automatic": False},
    read_action=Action.SERVICE_READ,
    write_action=Action.SERVICE_OPERATE,
    has_resource=False,
    fits=_instance_fits,
    effects=effects.of_service_instances,
)
# Whoever may say whose tokens are believed may sign in as anybody linked there.
identity_providers = ConfigurationKind(
    word="identity provider",
    plural="identity_providers",
    path="identity-providers",
    row=IdentityProvider,
    said=SaidIdentityProvider,
    order=800,
    write_action=Action.USER_MANAGE,
    fits=_provider_fits,
    effects=effects.of_identity_providers,
)
