"""ID tokens: whether one is really this provider's word, for us, for this sign-in, and now. Pure.

Only signatures by the provider's public keys count. A token without a signature, or one by a
shared secret, which a public key must never be taken for, is refused by its algorithm alone.
"""

import json
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from datetime import datetime
from hmac import compare_digest
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from lodge_platform.errors import RefusedError

# Algorithm to the kind of key that it needs; what is not here is never taken.
ALGORITHMS = {
    "RS256": "RSA",
    "RS384": "RSA",
    "RS512": "RSA",
    "PS256": "RSA",
    "PS384": "RSA",
    "PS512": "RSA",
    "ES256": "EC",
    "ES384": "EC",
    "ES512": "EC",
    "EdDSA": "OKP",
    "Ed25519": "OKP",
}
_LEEWAY_SECONDS = 60
_LONGEST_SUBJECT = 255


class ForeignTokenError(RefusedError):
    """The token is not what this sign-in asked for; the log says why, the page does not."""


def subject_of(
    token: str, keys: Any, *, issuer: str, client_id: str, nonce: str, now: datetime
) -> str:
    """The account that the token names. Raises ForeignTokenError for any fault.

    `keys` is the provider's JWK set, as it gave it.
    """
    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise ForeignTokenError(f"the token's algorithm {str(algorithm)[:20]!r} is not taken")
    key = _key(keys, header.get("kid"), kind=ALGORITHMS[algorithm])
    try:
        found = jwt.decode(token, JWKRegistry.import_key(key), algorithms=[algorithm])
        claims: dict[str, Any] = dict(found.claims)
        _registry(issuer, client_id, now).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        said = getattr(error, "error", type(error).__name__)
        raise ForeignTokenError(f"the token does not hold: {said}") from error
    return _checked(claims, client_id=client_id, nonce=nonce)


def _registry(issuer: str, client_id: str, now: datetime) -> jwt.JWTClaimsRegistry:
    needed: Any = {"essential": True}
    return jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        exp=needed,
        iat=needed,
        sub=needed,
        nonce=needed,
    )


def _checked(claims: dict[str, Any], *, client_id: str, nonce: str) -> str:
    given = claims["nonce"]
    if not isinstance(given, str) or not compare_digest(given.encode(), nonce.encode()):
        raise ForeignTokenError("the token was made for another sign-in")
    audience: Any = claims["aud"]
    party = claims.get("azp")
    is_for_others = isinstance(audience, list) and audience != [client_id]
    if (party is not None or is_for_others) and party != client_id:
        raise ForeignTokenError("the token was given to another program")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise ForeignTokenError("the token names no account")
    return subject


def _header(token: str) -> dict[str, Any]:
    first, dots = token.partition(".")[0], token.count(".")
    try:
        header = json.loads(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (Base64Error, ValueError, RecursionError) as error:
        raise ForeignTokenError("the token cannot be read") from error
    if dots != 2 or not isinstance(header, dict):
        raise ForeignTokenError("the token cannot be read")
    return header  # pyright: ignore[reportUnknownVariableType]


def _key(keys: Any, name: Any, *, kind: str) -> dict[str, Any]:
    """The one key with that name; a token that names none is taken when there is just one."""
    listed: Any = keys.get("keys") if isinstance(keys, dict) else None  # pyright: ignore
    fitting: list[dict[str, Any]] = [
        key
        for key in (listed if isinstance(listed, list) else [])  # pyright: ignore
        if isinstance(key, dict)
        and key.get("kty") == kind  # pyright: ignore[reportUnknownMemberType]
        and key.get("use", "sig") == "sig"  # pyright: ignore[reportUnknownMemberType]
        and (name is None or key.get("kid") == name)  # pyright: ignore[reportUnknownMemberType]
    ]
    if len(fitting) != 1:
        raise ForeignTokenError("the token is signed by a key that the provider does not have")
    return fitting[0]
