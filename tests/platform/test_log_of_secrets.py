"""Secrets are struck from lines of the log, in whichever way programs write them (S-25)."""

import pytest

from lodge_platform.log import strike_secrets


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer hunter2",
        "authorization=Basic hunter2 was refused",
        "POST /token client_secret=hunter2&grant_type=client_credentials",
        "GET /rows?access_token=hunter2",
        '{"password": "hunter2 and more hunter2", "user": "ada"}',
        "{'authorization': 'Bearer hunter2'}",
        "password=hunter2,hunter2;hunter2",
        "redis://:hunter2@cache.example.org",
    ],
)
def test_s25_a_secret_is_struck_however_it_is_written(said: str) -> None:
    assert "hunter2" not in strike_secrets(said)


@pytest.mark.parametrize(
    "said",
    ["prices.yaml line 3: bearer_secret: unknown entry", "secret 'shop' is in no file"],
)
def test_the_names_of_secrets_stay(said: str) -> None:
    assert strike_secrets(said) == said


@pytest.mark.parametrize("word", ["://a:", "password", "token='", "secret= ", " :// "])
def test_a_long_line_of_somebody_else_is_struck_at_once(word: str) -> None:
    # With a pattern that goes back over the whole line this would take a minute.
    assert len(strike_secrets(word * 40_000)) > 40_000
