"""A sign-in at a provider: sent there with a code challenge, taken back once, by one browser.

What goes out: state, nonce and the challenge of a verifier. What comes back counts only with the
same state, once, in the browser that was sent, with a token made for this nonce. A user is found
by provider and subject alone, never by an e-mail address, whatever the token says of one.
"""

import hashlib
import logging
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select

from lodge_platform.errors import LodgeError, RefusedError
from lodge_platform.identity.one_time import Purpose, SpentTokenError, give_token, look_at, use_up
from lodge_platform.identity.providers.calling import client_of, described, id_token_for, keys_of
from lodge_platform.identity.providers.id_tokens import ForeignTokenError, subject_of
from lodge_platform.identity.providers.linking import link
from lodge_platform.identity.providers.listing import OfferedProvider, provider_named
from lodge_platform.identity.seats import take_seat
from lodge_platform.identity.sessions import hash_token, start_session
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import User, UserIdentity

_LOG = logging.getLogger(__name__)


class UnknownAccountError(RefusedError):
    """The account is good and linked to nobody; `subject` is what an administrator needs."""

    def __init__(self, provider: OfferedProvider, subject: str) -> None:
        super().__init__("this account is linked to no user here")
        self.provider = provider
        self.subject = subject


@dataclass(frozen=True)
class Begun:
    """Where the browser goes, and what it keeps until it comes back."""

    address: str
    browser_token: str


@dataclass(frozen=True)
class Returned:
    """What a browser brings back: the query's parameters and the token it kept."""

    state: str
    browser_token: str
    code: str = ""
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True)
class Finished:
    """A session's token, or None when an account was linked; and the page to go on to."""

    token: str | None
    return_to: str


def begin(
    lodge: Lodge,
    name: str,
    *,
    return_to: str,
    redirect_uri: str,
    user_id: int | None = None,
    now: datetime,
) -> Begun:
    """Begin a sign-in, or for `user_id` the linking of an account.

    Raises NotFoundError for an unknown provider, SetUpError and TryAgainError when it cannot be
    reached or says wrong things.
    """
    with lodge.stores.master.read() as connection:
        provider = provider_named(connection, name)
    with client_of(lodge.settings) as client:
        there = described(client, provider)
    nonce, verifier, kept = (secrets.token_urlsafe(32) for _ in range(3))
    particulars: dict[str, Any] = {
        "identity_provider_id": provider.identity_provider_id,
        "nonce": nonce,
        "verifier": verifier,
        "browser": hash_token(kept),
        "return_to": return_to,
        "redirect_uri": redirect_uri,
    }
    with lodge.stores.master.write() as connection:
        state = give_token(
            connection, Purpose.PROVIDER, user_id=user_id, particulars=particulars, now=now
        )
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(there.authorization_endpoint).query else "?"
    return Begun(f"{there.authorization_endpoint}{joint}{urlencode(asked)}", kept)


def finish(
    lodge: Lodge, name: str, returned: Returned, *, reader: SignedIn | None, now: datetime
) -> Finished:
    """Take a browser back. `reader` is who is signed in in it, which linking needs.

    Raises SpentTokenError for a state that is not this browser's or was used, ForeignTokenError
    for a token that does not hold, UnknownAccountError, NoSeatError, RefusedError.
    """
    with lodge.stores.master.write() as connection:
        provider = provider_named(connection, name)
        step = look_at(connection, returned.state, Purpose.PROVIDER, now=now)
        wanted = step.particulars
        if not compare_digest(hash_token(returned.browser_token), wanted["browser"]):
            raise SpentTokenError
        use_up(connection, step, now=now)
    if wanted["identity_provider_id"] != provider.identity_provider_id:
        raise SpentTokenError
    if returned.error or not returned.code:
        raise RefusedError("the provider ended this sign-in; begin again if you did not mean that")
    if returned.issuer and returned.issuer != provider.issuer:
        raise ForeignTokenError("the answer comes from another provider")
    subject = _subject(lodge, provider, returned.code, wanted, now)
    if step.user_id is not None:
        if reader is None or reader.user_id != step.user_id:
            raise RefusedError("sign in again, then link the account from your account page")
        link(lodge, reader, provider, subject, now=now)
        return Finished(None, wanted["return_to"])
    return Finished(_signed_in(lodge, provider, subject, now), wanted["return_to"])


def _subject(
    lodge: Lodge, provider: OfferedProvider, code: str, wanted: dict[str, Any], now: datetime
) -> str:
    with client_of(lodge.settings) as client:
        there = described(client, provider)
        token = id_token_for(
            client,
            lodge.settings,
            provider,
            there,
            code=code,
            verifier=wanted["verifier"],
            redirect_uri=wanted["redirect_uri"],
        )
        keys = keys_of(client, provider, there)
    try:
        return subject_of(
            token,
            keys,
            issuer=provider.issuer,
            client_id=provider.client_id,
            nonce=wanted["nonce"],
            now=now,
        )
    except LodgeError as error:
        _LOG.warning("identity provider %s: %s", provider.name, error)
        raise


def _signed_in(lodge: Lodge, provider: OfferedProvider, subject: str, now: datetime) -> str:
    statement = (
        select(User.user_id, User.is_active)
        .join(UserIdentity, UserIdentity.user_id == User.user_id)
        .where(
            UserIdentity.identity_provider_id == provider.identity_provider_id,
            UserIdentity.subject == subject,
        )
        .with_for_update(read=True, of=User)
    )
    with lodge.stores.master.write() as connection:
        user = connection.execute(statement).first()
        if user is None:
            raise UnknownAccountError(provider, subject)
        if not user.is_active:
            raise RefusedError("this account signs nobody in at present; ask an administrator")
        take_seat(lodge, connection, user.user_id, now)
        return start_session(
            connection,
            user.user_id,
            hours=lodge.settings.session_hours,
            now=now,
            method=f"provider:{provider.name}",
        )


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
