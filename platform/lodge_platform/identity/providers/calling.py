"""Requests to a provider: its description, its keys, and the exchange of a code for a token."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from lodge_platform.errors import RefusedError, SetUpError, TryAgainError
from lodge_platform.identity.providers.listing import OfferedProvider
from lodge_platform.outgoing import Limits, guarded_client, parse_allowed
from lodge_platform.secret_values import secret
from lodge_platform.settings import Settings

_DESCRIPTION = "/.well-known/openid-configuration"
_LIMITS = Limits(connect_seconds=5, read_seconds=10, total_seconds=15, answer_bytes=500_000)


@dataclass(frozen=True)
class Description:
    """What a provider says of itself: where to go, where its keys are."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    is_secret_in_form: bool


def client_of(settings: Settings) -> httpx.Client:
    """The client that every request to a provider is sent by: guarded against calling inside."""
    return guarded_client(parse_allowed(settings.outgoing_allowed), limits=_LIMITS)


def described(client: httpx.Client, provider: OfferedProvider) -> Description:
    """The provider's description. Raises SetUpError when it is another's or lacks something."""
    said = _json(client.get(provider.issuer.rstrip("/") + _DESCRIPTION), provider)
    if said.get("issuer") != provider.issuer:
        raise SetUpError(
            f"identity provider {provider.name!r} says that its issuer is "
            f"{str(said.get('issuer'))[:200]!r}, and its row here {provider.issuer!r}"
        )
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Description(
        issuer=provider.issuer,
        authorization_endpoint=_endpoint(said, "authorization_endpoint", provider),
        token_endpoint=_endpoint(said, "token_endpoint", provider),
        jwks_uri=_endpoint(said, "jwks_uri", provider),
        is_secret_in_form="client_secret_basic" not in methods,
    )


def keys_of(client: httpx.Client, provider: OfferedProvider, there: Description) -> Any:
    """The provider's keys as it gives them now: a JWK set."""
    return _json(client.get(there.jwks_uri), provider)


def id_token_for(
    client: httpx.Client,
    settings: Settings,
    provider: OfferedProvider,
    there: Description,
    *,
    code: str,
    verifier: str,
    redirect_uri: str,
) -> str:
    """The ID token that the provider gives for a code. Raises RefusedError when it gives none."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    shared = secret(settings, provider.client_secret_name)
    auth: Any = None
    if there.is_secret_in_form:
        form |= {"client_id": provider.client_id, "client_secret": shared}
    else:
        auth = (quote(provider.client_id, safe=""), quote(shared, safe=""))
    answer = client.post(
        there.token_endpoint, data=form, auth=auth, headers={"accept": "application/json"}
    )
    if 400 <= answer.status_code < 500:
        raise RefusedError("the provider does not take this sign-in; begin again")
    token = _json(answer, provider).get("id_token")
    if not isinstance(token, str) or not 0 < len(token) <= 20_000:
        raise RefusedError("the provider gave no ID token for this sign-in")
    return token


def _json(answer: httpx.Response, provider: OfferedProvider) -> dict[str, Any]:
    if answer.status_code != 200:
        raise TryAgainError(
            f"identity provider {provider.name!r} answers {answer.status_code} at "
            f"{answer.request.url.path}"
        )
    try:
        said = answer.json()
    except ValueError as error:
        raise TryAgainError(f"identity provider {provider.name!r} answers no JSON") from error
    if not isinstance(said, dict):
        raise TryAgainError(f"identity provider {provider.name!r} answers no JSON object")
    return said  # pyright: ignore[reportUnknownVariableType]


def _endpoint(said: dict[str, Any], name: str, provider: OfferedProvider) -> str:
    """An address of the provider; plain HTTP only where the issuer itself is reached so."""
    found = said.get(name)
    schemes = ("https", urlsplit(provider.issuer).scheme)
    if not isinstance(found, str) or urlsplit(found).scheme not in schemes:
        raise SetUpError(f"identity provider {provider.name!r} names no {name} by HTTPS")
    return found
