"""Logging: one line a record to stderr, UTC, with secrets struck out."""

import logging
import re
import sys
import time

_SECRET = re.compile(
    r"(?i)((?:\b(?:password|secret|token|authorization)[\"']?\s*[=:]"
    r"|\b\w*(?:password|secret|token)=)\s*(?:(?:basic|bearer)\s+)?)"
    r"(?:\"[^\"]*\"|'[^']*'|\S+)"
)
# These write down addresses with their queries, and headers, whatever stands in them.
_TALKATIVE = ("httpcore", "httpx", "oauthlib", "requests", "urllib3", "zeep")
_URL_PASSWORD = re.compile(r"(://[^:/@\s]{0,255}:)([^@\s]{1,1000})(@)")


def strike_secrets(text: str) -> str:
    """`text` with the values after password=, token:, and in `://user:password@` replaced."""
    return _URL_PASSWORD.sub(r"\1***\3", _SECRET.sub(r"\1***", text))


class _Line(logging.Formatter):
    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        return strike_secrets(super().format(record))


def set_up_logging(level: str = "INFO") -> None:
    """Send records of `level` and above to stderr; called once by each program."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line("%(asctime)sZ %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
