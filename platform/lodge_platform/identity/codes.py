"""Codes of a second factor: which one is right and when; pure, and told apart by no time."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hmac import compare_digest

from pyotp import random_base32
from pyotp.totp import TOTP

from lodge_platform.identity.sessions import hash_token

STEP_SECONDS = 30
RECOVERY_CODES = 10
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 of them; no l and o, no 0 and 1
_GROUPS, _A_GROUP = 4, 7


def new_secret() -> str:
    """A secret of 160 random bits in base32."""
    return random_base32()


def uri_of(secret: str, sign_in_name: str) -> str:
    """The otpauth address that an authenticator reads out of a QR code."""
    return TOTP(secret).provisioning_uri(name=sign_in_name, issuer_name="Lodge")


def step_of(secret: str, code: str, *, last_step: int | None, now: datetime) -> int | None:
    """The time step whose code this is: the present one or a neighbour, later than `last_step`.

    None for a wrong code, and for one of a step that was taken before.
    """
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    generator = TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in (present - 1, present, present + 1):
        is_right = compare_digest(generator.generate_otp(step), typed)
        if is_right and (last_step is None or step > last_step):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Codes of 140 random bits for somebody without the authenticator: four groups of seven."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def hash_recovery(code: str) -> str:
    """What is kept of a recovery code, however it was typed."""
    return hash_token("".join(letter for letter in code.lower() if letter.isalnum()))


def without_recovery(hashes: Iterable[str], code: str) -> list[str] | None:
    """The hashes that are left once this code is used; None when it is none of them."""
    kept = list(hashes)
    wanted = hash_recovery(code)
    left = [each for each in kept if not compare_digest(each, wanted)]
    return left if len(left) < len(kept) else None


def _group() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_A_GROUP))
