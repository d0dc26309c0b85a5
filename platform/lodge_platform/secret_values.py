"""Secrets are named in the configuration and kept outside of it: environment or file."""

import os
from collections.abc import Mapping

from lodge_platform.errors import SetUpError
from lodge_platform.settings import Settings


def secret(settings: Settings, name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The value of secret `name`: LODGE_SECRET_<NAME>, else the file `secrets/<name>` in the home.

    Raises SetUpError naming both places, never a value.
    """
    variable = f"LODGE_SECRET_{name.upper()}"
    if variable in environ:
        return environ[variable]
    path = settings.home / "secrets" / name
    if "/" in name or name.startswith(".") or not path.is_file():
        raise SetUpError(f"secret {name!r} is neither in {variable} nor in {path}")
    return path.read_text("utf-8").rstrip("\r\n")
