"""Passwords: Argon2id hashes, and the same work for a name that nobody has."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from lodge_platform.errors import RefusedError

LEAST_LENGTH = 8
GREATEST_LENGTH = 256

# The least that OWASP's password storage cheat sheet asks of Argon2id: 19 MiB and two passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
# As many checks at once as memory can bear; others wait their turn.
_AT_ONCE = BoundedSemaphore(2)


def hash_password(password: str, *, sign_in_name: str) -> str:
    """The Argon2id hash to keep. Raises RefusedError for a password too short, long or plain."""
    if not LEAST_LENGTH <= len(password) <= GREATEST_LENGTH:
        raise RefusedError(f"a password has {LEAST_LENGTH} to {GREATEST_LENGTH} characters")
    if sign_in_name and sign_in_name.lower() == password.lower():
        raise RefusedError("a password differs from the sign-in name")
    return hash_again(password)


def hash_again(password: str) -> str:
    """A hash with today's parameters of a password that was taken before."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(password: str, kept_hash: str | None) -> bool:
    """Whether `password` is the one behind `kept_hash`; takes as long when there is no hash."""
    if len(password) > GREATEST_LENGTH:
        password = ""
    with _AT_ONCE:
        try:
            _HASHER.verify(kept_hash or _dummy_hash(), password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(kept_hash)


def is_outdated(kept_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept_hash)


_dummies: list[str] = []


def _dummy_hash() -> str:
    """A hash with today's parameters that no password fits; made once, at first need."""
    if not _dummies:
        _dummies.append(_HASHER.hash("\0nobody's password\0"))
    return _dummies[0]
