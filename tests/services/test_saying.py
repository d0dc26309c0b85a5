"""What errors may say."""

import logging
from pathlib import Path

import pytest

from lodge_platform.errors import TryAgainError
from lodge_platform.services.saying import StrikeSecrets, known_secrets, say
from lodge_platform.settings import load

ENVIRON = {
    "LODGE_ACTIVE_URL": "postgresql://lodge:pa%24s-word@db/lodge",
    "LODGE_SECRET_IMAP": "imappw",
}


def test_s25_known_secrets_are_struck_from_what_an_error_says(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "support_imap").write_text("supportpw\n")
    secrets = known_secrets(load(tmp_path, ENVIRON), ENVIRON)
    error = TryAgainError("LOGIN support supportpw failed; imappw; pa%24s-word; pa$s-word; end")
    assert say(error, secrets) == "LOGIN support *** failed; ***; ***; ***; end"


def test_s25_what_looks_like_a_secret_is_struck_unknown_or_not() -> None:
    said = say(ValueError("password=hunter2 at imap://me:hunter2@host\nsecond line"))
    assert said == "ValueError: password=*** at imap://me:***@host second line"


def test_what_an_error_says_is_short() -> None:
    assert len(say(ValueError("x" * 10_000))) == 500


def test_s25_secrets_are_struck_from_records_and_their_tracebacks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("lodge.test")
    caplog.handler.addFilter(StrikeSecrets(["hunter2"]))
    try:
        raise TryAgainError("hunter2")
    except TryAgainError:
        log.exception("signing in with %s", "hunter2")
    assert "signing in with ***" in caplog.text
    assert "hunter2" not in caplog.text
