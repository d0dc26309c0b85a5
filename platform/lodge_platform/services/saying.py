"""What an error is allowed to say in a log or in the status: what and where, never a secret."""

import logging
import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from lodge_platform.errors import LodgeError, MistakeError
from lodge_platform.log import set_up_logging, strike_secrets
from lodge_platform.settings import Settings

_LONGEST = 500
_SHORTEST_SECRET = 4


def say(error: BaseException, secrets: Collection[str] = ()) -> str:
    """The error in one line of at most 500 characters, secrets struck out."""
    if isinstance(error, MistakeError):
        said = f"{error} (a mistake of Lodge's own; please report it)"
    elif isinstance(error, LodgeError):
        said = str(error)
    else:
        # Of a statement that failed, the statement and its values are content: `orig` is what the
        # database said, and enough.
        said = f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"
    struck = strike(" ".join(said.split()), secrets)
    return struck if len(struck) <= _LONGEST else f"{struck[: _LONGEST - 1]}…"


def strike(text: str, secrets: Collection[str]) -> str:
    """`text` without these values, and without whatever looks like a secret."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return strike_secrets(text)


def known_secrets(settings: Settings, environ: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The values that must appear nowhere: secrets by name, and passwords in database URLs."""
    found = {value for name, value in environ.items() if name.startswith("LODGE_SECRET_")}
    with suppress(OSError):
        folder = settings.home / "secrets"
        found |= {_read(path) for path in folder.iterdir() if path.is_file()}
    urls = (settings.master_url, settings.active_url, settings.reports_catalog_url)
    for url in (*urls, settings.bus_url):
        found |= _passwords(url)
    return frozenset(value for value in found if len(value) >= _SHORTEST_SECRET)


class StrikeSecrets(logging.Filter):
    """A filter that takes the known values out of every record, its traceback included."""

    def __init__(self, secrets: Collection[str]) -> None:
        super().__init__()
        self.secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, struck."""
        record.msg = strike(record.getMessage(), self.secrets)
        record.args = ()
        if record.exc_info:
            formatted = logging.Formatter().formatException(record.exc_info)
            record.exc_text = strike(formatted, self.secrets)
        return True


def start_logging(settings: Settings) -> frozenset[str]:
    """Log to stderr as the settings say, without any secret; gives the values struck out."""
    level = settings.log_level.upper()
    set_up_logging(level)
    if level != "DEBUG":
        logging.getLogger("alembic").setLevel(logging.WARNING)
    secrets = known_secrets(settings)
    for handler in logging.getLogger().handlers:
        handler.addFilter(StrikeSecrets(secrets))
    return secrets


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return ""


_URL_PASSWORD = re.compile(r"://[^:/@\s]*:([^@\s]+)@")


def _passwords(url: str) -> set[str]:
    found = _URL_PASSWORD.search(url)
    return {found[1], unquote(found[1])} if found else set()
