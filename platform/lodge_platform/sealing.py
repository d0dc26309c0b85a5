"""Secrets that must be kept in a store and read again: encrypted and authenticated by one key.

The key is the secret `seal`: LODGE_SECRET_SEAL, else `secrets/seal` in the home, which is made at
first need. It may hold several keys, one a line: the first one seals, each one opens, so that a
key can be changed. Whoever has a copy of the store alone can read nothing that is sealed.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from lodge_platform.errors import SetUpError
from lodge_platform.secret_values import secret
from lodge_platform.settings import Settings

NAME = "seal"
_VARIABLE = "LODGE_SECRET_SEAL"


def seal(settings: Settings, text: str, environ: Mapping[str, str] = os.environ) -> str:
    """`text` sealed, as letters, digits and `-_=`; another result each time.

    Makes the key when there is none. Raises SetUpError for a key that is none.
    """
    make_seal(settings, environ)
    return _keys(settings, environ).encrypt(text.encode()).decode()


def unseal(settings: Settings, sealed: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text that was sealed. Raises SetUpError when the key is missing or another one."""
    try:
        return _keys(settings, environ).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SetUpError(
            f"a sealed value does not open with secret {NAME!r}; put the key it was sealed with "
            f"back into {_VARIABLE} or {_path(settings)}, on a line of its own"
        ) from error


def make_seal(settings: Settings, environ: Mapping[str, str] = os.environ) -> bool:
    """Make the key where there is none; whether it was made. Several may do this at once."""
    path = _path(settings)
    if _VARIABLE in environ or path.exists():
        return False
    part = path.with_name(f".{NAME}-{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # A link is there whole or not at all, and only the first of several gets the name.
        path.hardlink_to(part)
    except FileExistsError:
        return False
    except OSError as error:
        raise SetUpError(f"the key {path} cannot be made: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return True


def _keys(settings: Settings, environ: Mapping[str, str]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in secret(settings, NAME, environ).split()])
    except ValueError as error:
        raise SetUpError(
            f"secret {NAME!r} in {_VARIABLE} or {_path(settings)} is no key: each line has 32 "
            "random bytes in URL-safe base64, 44 characters"
        ) from error


def _path(settings: Settings) -> Path:
    return settings.home / "secrets" / NAME
