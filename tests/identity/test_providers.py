"""Signing in by a provider: S-24, against one on this machine that signs real tokens."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from identity.local_provider import CLIENT_ID, CLIENT_SECRET, LocalProvider, providing
from identity.people import NINE, reader_of
from identity.token_faults import FAULTS
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError, SetUpError
from lodge_platform.identity import disable_user, who_is
from lodge_platform.identity.one_time import SpentTokenError
from lodge_platform.identity.providers import (
    Begun,
    Finished,
    Returned,
    UnknownAccountError,
    begin,
    finish,
    linked_accounts,
    unlink,
)
from lodge_platform.identity.providers.id_tokens import ForeignTokenError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import IdentityProvider, OneTimeToken, User, UserSession

BACK = "http://lodge.test/console/sign-in/by/staff/back"


@pytest.fixture
def provider() -> Generator[LocalProvider]:
    """A provider that listens on this machine."""
    with providing(NINE) as listening:
        yield listening


@pytest.fixture
def house(lodge: Lodge, provider: LocalProvider) -> Lodge:
    """The Lodge with that provider, whose address is allowed."""
    secrets = lodge.settings.home / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    (secrets / "staff_oidc").write_text(CLIENT_SECRET + "\n")
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        session.add(
            IdentityProvider(
                name="staff",
                display_name="Staff account",
                issuer=provider.issuer,
                client_id=CLIENT_ID,
                client_secret_name="staff_oidc",
            )
        )
    allowed = replace(lodge.settings, outgoing_allowed=f"127.0.0.1:{provider.port}")
    return replace(lodge, settings=allowed)


def begun(house: Lodge, user_id: int | None = None) -> Begun:
    """A sign-in that was begun at nine."""
    return begin(
        house, "staff", return_to="/console/", redirect_uri=BACK, user_id=user_id, now=NINE
    )


def back(
    house: Lodge, provider: LocalProvider, at: Begun, *, linker: Any = None, **changed: str
) -> Finished:
    """The browser comes back, with what the provider gave it or something else."""
    brought = provider.sign_in(at.address)
    values = {
        "state": brought["state"],
        "code": brought["code"],
        "issuer": brought["iss"],
        "browser_token": at.browser_token,
    }
    return finish(house, "staff", Returned(**(values | changed)), reader=linker, now=NINE)


def linked(house: Lodge, provider: LocalProvider) -> None:
    """Grace's account is linked."""
    back(house, provider, begun(house, _grace(house)), linker=reader_of(house, "grace"))


def _grace(house: Lodge) -> int:
    with house.stores.master.read() as connection:
        return connection.execute(
            select(User.user_id).where(User.sign_in_name == "grace")
        ).scalar_one()


def test_a_linked_account_signs_in_and_the_session_says_how(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    linked(house, provider)
    [account] = linked_accounts(house, grace)
    assert (account.provider, account.subject) == ("Staff account", "s-1")
    done = back(house, provider, begun(house))
    reader = who_is(house, done.token, NINE)
    assert reader is not None
    assert reader.user_id == grace
    with house.stores.master.read() as connection:
        assert "provider:staff" in connection.scalars(select(UserSession.method)).all()
    assert provider.refused == []


def test_s24_an_unknown_account_is_refused_and_named(house: Lodge, provider: LocalProvider) -> None:
    provider.subject = "s-77"
    with pytest.raises(UnknownAccountError) as caught:
        back(house, provider, begun(house))
    assert caught.value.subject == "s-77"


@pytest.mark.parametrize("is_verified", [True, False])
def test_s24_an_email_address_verified_or_not_makes_nobody_known(
    house: Lodge, provider: LocalProvider, grace: int, is_verified: bool
) -> None:
    with change_configuration(house.stores.master, by="test", now=NINE) as session:
        session.get_one(User, grace).email_address = "grace@example.org"
    provider.claims = {
        "email": "grace@example.org",
        "email_verified": is_verified,
        "preferred_username": "grace",
    }
    with pytest.raises(UnknownAccountError):
        back(house, provider, begun(house))
    assert linked_accounts(house, grace) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_s24_a_token_with_a_fault_signs_nobody_in(
    house: Lodge, provider: LocalProvider, grace: int, fault: str
) -> None:
    linked(house, provider)
    for name, value in FAULTS[fault].items():
        setattr(provider, name, value)
    with pytest.raises(ForeignTokenError):
        back(house, provider, begun(house))


def test_s24_hmac_with_the_public_key_for_a_secret_is_refused(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    linked(house, provider)
    provider.is_hmac_by_public_key = True
    with pytest.raises(ForeignTokenError, match="algorithm 'HS256' is not taken"):
        back(house, provider, begun(house))


def test_several_audiences_are_taken_when_we_are_the_party(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    linked(house, provider)
    provider.claims = {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}
    assert back(house, provider, begun(house)).token


def test_s24_a_state_is_taken_once_also_when_it_failed(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    linked(house, provider)
    first = begun(house)
    assert back(house, provider, first).token
    failed = begun(house)
    with pytest.raises(RefusedError, match="the provider does not take this sign-in"):
        back(house, provider, failed, code="guessed")
    for again in (first, failed):
        with pytest.raises(SpentTokenError):
            back(house, provider, again)


@pytest.mark.parametrize("browser_token", ["", "x", "another browser's"])
def test_s24_a_state_of_another_browser_is_refused(
    house: Lodge, provider: LocalProvider, grace: int, browser_token: str
) -> None:
    linked(house, provider)
    mine, other = begun(house), begun(house)
    given = other.browser_token if browser_token.startswith("another") else browser_token
    with pytest.raises(SpentTokenError):
        back(house, provider, mine, browser_token=given)


@pytest.mark.parametrize("state", ["", "x", "x" * 500])
def test_s24_an_unknown_state_is_refused(house: Lodge, provider: LocalProvider, state: str) -> None:
    with pytest.raises(SpentTokenError):
        back(house, provider, begun(house), state=state)


def test_s24_a_state_is_over_after_ten_minutes(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    at = begun(house)
    with house.stores.master.write() as connection:
        connection.execute(update(OneTimeToken).values(expires_at=NINE - timedelta(seconds=1)))
    with pytest.raises(SpentTokenError):
        back(house, provider, at)


def test_s24_an_answer_that_names_another_issuer_is_refused(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    with pytest.raises(ForeignTokenError, match="from another provider"):
        back(house, provider, begun(house), issuer="https://elsewhere.example")


def test_s24_a_description_of_another_issuer_is_refused_by_name(
    house: Lodge, provider: LocalProvider
) -> None:
    provider.issuer_said = "https://elsewhere.example"
    with pytest.raises(SetUpError, match=r"'staff' says that its issuer is 'https://elsewhere"):
        begun(house)


def test_s24_a_code_is_bound_to_the_verifier_of_its_sign_in(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    linked(house, provider)
    stolen = provider.sign_in(begun(house).address)["code"]
    with pytest.raises(RefusedError, match="does not take this sign-in"):
        back(house, provider, begun(house), code=stolen)
    assert provider.refused == ["verifier"]


def test_s13_a_provider_inside_is_not_called_unless_it_is_allowed(
    house: Lodge, provider: LocalProvider
) -> None:
    closed = replace(house, settings=replace(house.settings, outgoing_allowed=""))
    with pytest.raises(RefusedError):
        begun(closed)


def test_s20_an_account_unlinked_ends_its_sessions_and_signs_in_no_more(
    house: Lodge, provider: LocalProvider, grace: int, ida: int
) -> None:
    linked(house, provider)
    token, reader = back(house, provider, begun(house)).token, reader_of(house, "grace")
    [account] = linked_accounts(house, grace)
    with pytest.raises(NotFoundError):
        unlink(house, reader_of(house, "ida"), account.user_identity_id, now=NINE)
    unlink(house, reader, account.user_identity_id, now=NINE)
    assert who_is(house, token, NINE) is None
    with pytest.raises(UnknownAccountError):
        back(house, provider, begun(house))


def test_s20_a_closed_provider_ends_its_sessions(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    linked(house, provider)
    token = back(house, provider, begun(house)).token
    with change_configuration(house.stores.master, by="test", now=NINE) as session:
        session.scalars(select(IdentityProvider)).one().is_active = False
    assert who_is(house, token, NINE) is None
    with pytest.raises(NotFoundError):
        begun(house)


def test_a_disabled_user_signs_in_by_no_account(
    house: Lodge, provider: LocalProvider, grace: int
) -> None:
    linked(house, provider)
    disable_user(house, grace, by="test", now=NINE)
    with pytest.raises(RefusedError, match="signs nobody in at present"):
        back(house, provider, begun(house))


def test_s24_an_account_is_linked_by_the_user_who_began_and_to_one_user(
    house: Lodge, provider: LocalProvider, grace: int, ida: int
) -> None:
    for linker in (None, reader_of(house, "ida")):
        with pytest.raises(RefusedError, match="sign in again, then link"):
            back(house, provider, begun(house, grace), linker=linker)
    linked(house, provider)
    with pytest.raises(ConflictError, match="signs another user in already"):
        back(house, provider, begun(house, ida), linker=reader_of(house, "ida"))
