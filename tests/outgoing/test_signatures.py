"""Signatures of webhooks: what others check, what we check, and what is not taken twice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from fixtures.shared_data import ROOT
from lodge_platform.errors import RefusedError
from lodge_platform.outgoing.signatures import Remembered, new_secret, sign_headers, verify

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
BODY = json.dumps({"type": "case_closed", "data": "ö ☃"}).encode()
SECRET = new_secret()


def test_s37_a_library_of_the_specification_takes_our_signature() -> None:
    now = datetime.now(UTC)
    assert Webhook(SECRET).verify(BODY, sign_headers([SECRET], "event_7", BODY, now=now))


def test_s37_we_take_the_signature_of_a_library_of_the_specification() -> None:
    signature = Webhook(SECRET).sign("event_7", NOW, BODY.decode())
    headers = {
        "Webhook-Id": "event_7",
        "Webhook-Timestamp": str(int(NOW.timestamp())),
        "Webhook-Signature": f"v1a,other v2,other {signature}",
    }
    assert verify([SECRET], headers, BODY, now=NOW, seen=Remembered()) == "event_7"


def test_s37_a_message_that_was_taken_is_not_taken_again() -> None:
    seen = Remembered()
    headers = sign_headers([SECRET], "event_7", BODY, now=NOW)
    verify([SECRET], headers, BODY, now=NOW, seen=seen)
    with pytest.raises(RefusedError, match="before"):
        verify([SECRET], headers, BODY, now=NOW + timedelta(minutes=4), seen=seen)
    verify([SECRET], sign_headers([SECRET], "event_8", BODY, now=NOW), BODY, now=NOW, seen=seen)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
def test_s37_a_message_of_another_time_is_refused(minutes: int) -> None:
    headers = sign_headers([SECRET], "event_7", BODY, now=NOW)
    with pytest.raises(RefusedError, match="5 minutes"):
        verify([SECRET], headers, BODY, now=NOW + timedelta(minutes=minutes), seen=Remembered())


def test_s37_anything_changed_is_refused_and_is_not_remembered() -> None:
    seen = Remembered()
    good = sign_headers([SECRET], "event_7", BODY, now=NOW)
    later = str(int(NOW.timestamp()) + 1)
    for headers, body in (
        (good, BODY + b" "),
        (good | {"webhook-id": "event_8"}, BODY),
        (good | {"webhook-timestamp": later}, BODY),
        (good | {"webhook-timestamp": "now"}, BODY),
        (good | {"webhook-timestamp": "²"}, BODY),
        (good | {"webhook-signature": "v1,"}, BODY),
        (good | {"webhook-signature": "v1,AAAA é"}, BODY),
        (good | {"webhook-signature": good["webhook-signature"][3:]}, BODY),
        (sign_headers([new_secret()], "event_7", BODY, now=NOW), BODY),
        ({}, BODY),
    ):
        with pytest.raises(RefusedError):
            verify([SECRET], headers, body, now=NOW, seen=seen)
    assert verify([SECRET], good, BODY, now=NOW, seen=seen) == "event_7"


def test_s37_while_a_secret_is_exchanged_the_old_and_the_new_one_hold() -> None:
    new = new_secret()
    headers = sign_headers([new, SECRET], "event_7", BODY, now=NOW)
    for secret in (SECRET, new):
        assert verify([secret], headers, BODY, now=NOW, seen=Remembered())
    only_old = sign_headers([SECRET], "event_7", BODY, now=NOW)
    assert verify([new, SECRET], only_old, BODY, now=NOW, seen=Remembered())


def test_s37_what_remembers_is_bounded_and_refuses_rather_than_forgets() -> None:
    seen = Remembered(most=2)
    until = NOW + timedelta(minutes=10)
    assert seen.take("a", now=NOW, until=until)
    assert seen.take("b", now=NOW, until=until)
    assert not seen.take("c", now=NOW, until=until)
    assert seen.take("c", now=NOW + timedelta(minutes=11), until=until)


def test_s37_the_example_for_receivers_takes_what_we_send_and_nothing_else() -> None:
    page = (ROOT / "platform" / "docs" / "out.md").read_text("utf-8")
    example: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], example)  # noqa: S102 - our own page
    is_genuine = example["is_genuine"]
    headers = sign_headers([new_secret(), SECRET], "event_7", BODY, now=NOW)
    now = NOW.timestamp()
    assert is_genuine(SECRET, headers, BODY, now)
    assert not is_genuine(SECRET, headers, BODY + b" ", now)
    assert not is_genuine(SECRET, headers | {"webhook-id": "event_8"}, BODY, now)
    assert not is_genuine(SECRET, headers, BODY, now + 301)
    assert not is_genuine(new_secret(), headers, BODY, now)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "no base64!"])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(RefusedError, match="whsec_"):
        sign_headers([secret], "event_7", BODY, now=NOW)
