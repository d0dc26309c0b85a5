"""The one way out by HTTP: a client that cannot be made to call inside.

with guarded_client(parse_allowed(settings.outgoing_allowed)) as client:
    answer = client.post(url, content=body)
"""

import ssl
from typing import Any

import httpx

from lodge_platform.errors import RefusedError, TryAgainError
from lodge_platform.outgoing.allowed import Allowed
from lodge_platform.outgoing.checking import Resolve, not_a_url, resolve_by_system
from lodge_platform.outgoing.transport import GuardedTransport, Limits

_MOST_REDIRECTS = 5


class GuardedClient(httpx.Client):
    """A client whose every error is one of ours."""

    def build_request(self, *arguments: Any, **options: Any) -> httpx.Request:
        """A request of this client. Raises RefusedError for what is no URL."""
        try:
            return super().build_request(*arguments, **options)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise not_a_url() from error

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send it. Raises RefusedError and TryAgainError, as `GuardedTransport`."""
        try:
            return super().send(request, **options)
        except httpx.TooManyRedirects as error:
            raise RefusedError(f"more than {_MOST_REDIRECTS} redirects", field="url") from error
        except httpx.HTTPError as error:
            host = request.url.netloc.decode("ascii", "replace")
            raise TryAgainError(f"{host} does not answer in HTTP") from error


def guarded_client(
    allowed: Allowed | None = None,
    *,
    limits: Limits | None = None,
    resolve: Resolve = resolve_by_system,
    tls: ssl.SSLContext | None = None,
    is_http_taken: bool = False,
    follows_redirects: bool = False,
) -> GuardedClient:
    """A client for hosts of the internet and those in `allowed`; errors as `GuardedTransport`.

    It takes no proxy or name from the environment. A redirect is an answer like any other unless
    `follows_redirects`; then each hop is checked as the first one was.
    """
    transport = GuardedTransport(
        allowed or Allowed(),
        limits=limits,
        resolve=resolve,
        tls=tls,
        is_http_taken=is_http_taken,
    )
    return GuardedClient(
        transport=transport,
        trust_env=False,
        follow_redirects=follows_redirects,
        max_redirects=_MOST_REDIRECTS,
        headers={"user-agent": "Lodge"},
    )
