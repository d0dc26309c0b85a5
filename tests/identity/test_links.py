"""Links by which a password is set: random, hashed, once, for a while; and one's own password."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from fixtures.workplace import Workplace
from identity.people import HOME, NINE, PASSWORD, person, reader_of
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import RefusedError
from lodge_platform.identity import (
    TooManyAttemptsError,
    disable_user,
    make_key,
    sign_in,
    who_is,
    who_is_key,
)
from lodge_platform.identity.attempts import FAILURES_A_NAME
from lodge_platform.identity.managing import add_user, hand_out_link
from lodge_platform.identity.one_time import Purpose, SpentTokenError, look_at
from lodge_platform.identity.own_account import (
    change_own_password,
    end_other_sessions,
    end_own_session,
    own_sessions,
    redeem_link,
    whose_link,
)
from lodge_platform.identity.sessions import hash_token
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import OneTimeToken

NEW = "another horse"


@pytest.fixture
def ada(lodge: Lodge, workplace: Workplace) -> int:
    """An administrator; the key."""
    return person(lodge, "ada", "administrator", department_id=workplace.department_id)


def link(lodge: Lodge, user_id: int) -> tuple[str, Purpose]:
    """A link that ada hands out at nine."""
    reader = reader_of(lodge, "ada")
    with change_configuration(lodge.stores.master, by=reader.name, now=NINE) as session:
        return hand_out_link(session, reader, user_id)


def test_an_invitation_sets_a_first_password(lodge: Lodge, workplace: Workplace, ada: int) -> None:
    reader = reader_of(lodge, "ada")
    with change_configuration(lodge.stores.master, by=reader.name, now=NINE) as session:
        department_id = workplace.department_id
        user = add_user(
            session, reader, sign_in_name="bob", display_name="Bob", department_id=department_id
        )
        token, purpose = hand_out_link(session, reader, user.user_id)
    assert purpose is Purpose.INVITATION
    assert whose_link(lodge, token, NINE) == "bob"
    redeem_link(lodge, token, password=NEW, now=NINE)
    assert sign_in(lodge, "bob", NEW, HOME, NINE)


def test_s20_a_reset_sets_another_and_ends_sessions_and_keys(
    lodge: Lodge, ada: int, ida: int
) -> None:
    session, reader = sign_in(lodge, "ida", PASSWORD, HOME, NINE), reader_of(lodge, "ida")
    ends = NINE + timedelta(days=1)
    key = make_key(lodge, reader, name="x", actions=["export"], expires_at=ends, now=NINE).key
    token, purpose = link(lodge, ida)
    assert purpose is Purpose.PASSWORD_RESET
    redeem_link(lodge, token, password=NEW, now=NINE)
    assert who_is(lodge, session, NINE) is None
    assert who_is_key(lodge, key, NINE, HOME) is None
    with pytest.raises(RefusedError):
        sign_in(lodge, "ida", PASSWORD, HOME, NINE)
    assert sign_in(lodge, "ida", NEW, HOME, NINE)


def test_s21_a_link_is_random_kept_as_its_hash_and_good_once(
    lodge: Lodge, ada: int, grace: int
) -> None:
    token, _ = link(lodge, grace)
    assert len(token) >= 43
    with lodge.stores.master.read() as connection:
        kept = connection.execute(select(OneTimeToken.__table__)).one()
    assert kept.token_hash == hash_token(token)
    assert token not in str(kept)
    with pytest.raises(RefusedError, match="a password has"):
        redeem_link(lodge, token, password="short", now=NINE)
    redeem_link(lodge, token, password=NEW, now=NINE)
    with pytest.raises(SpentTokenError):
        redeem_link(lodge, token, password="a third horse", now=NINE)


@pytest.mark.parametrize("fault", ["late", "superseded", "disabled", "unknown", "empty", "other"])
def test_s21_a_link_that_is_over_says_the_same_whatever_was_the_end(
    lodge: Lodge, ada: int, grace: int, fault: str
) -> None:
    token, now = link(lodge, grace)[0], NINE
    if fault == "late":
        now = NINE + timedelta(hours=24)
    elif fault == "superseded":
        link(lodge, grace)
    elif fault == "disabled":
        disable_user(lodge, grace, by="test", now=NINE)
    elif fault == "other":
        with lodge.stores.master.write() as connection:
            connection.execute(update(OneTimeToken).values(purpose="second_factor"))
    else:
        with lodge.stores.master.write() as connection:
            connection.execute(update(OneTimeToken).values(token_hash=""))
        token = "" if fault == "empty" else token
    for asked in (lambda: whose_link(lodge, token, now), lambda: _redeem(lodge, token, now)):
        with pytest.raises(SpentTokenError, match=r"^this link or step is over"):
            asked()


def _redeem(lodge: Lodge, token: str, now: object) -> None:
    redeem_link(lodge, token, password=NEW, now=now)  # type: ignore[arg-type]


def test_s21_a_reset_is_no_second_step(lodge: Lodge, ada: int, grace: int) -> None:
    token, _ = link(lodge, grace)
    with lodge.stores.master.read() as connection, pytest.raises(SpentTokenError):
        look_at(connection, token, Purpose.SECOND_FACTOR, now=NINE)


def test_s20_ones_own_new_password_ends_every_session_but_begins_another(
    lodge: Lodge, grace: int
) -> None:
    elsewhere = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    here = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    reader = who_is(lodge, here, NINE)
    assert reader is not None
    with pytest.raises(RefusedError, match="this is not your password"):
        change_own_password(lodge, reader, old="wrong", new=NEW, now=NINE)
    with pytest.raises(RefusedError, match="the new password is the old one"):
        change_own_password(lodge, reader, old=PASSWORD, new=PASSWORD, now=NINE)
    fresh = change_own_password(lodge, reader, old=PASSWORD, new=NEW, now=NINE)
    assert who_is(lodge, elsewhere, NINE) is None
    assert who_is(lodge, here, NINE) is None
    assert who_is(lodge, fresh, NINE)


@pytest.mark.parametrize("keeps_keys", [True, False])
def test_s20_ones_keys_end_with_ones_password_unless_they_are_to_stay(
    lodge: Lodge, ida: int, keeps_keys: bool
) -> None:
    reader = reader_of(lodge, "ida")
    ends = NINE + timedelta(days=1)
    key = make_key(lodge, reader, name="x", actions=["export"], expires_at=ends, now=NINE).key
    change_own_password(lodge, reader, old=PASSWORD, new=NEW, keeps_keys=keeps_keys, now=NINE)
    assert (who_is_key(lodge, key, NINE, HOME) is not None) is keeps_keys


def test_s22_ones_old_password_cannot_be_guessed_without_end(lodge: Lodge, grace: int) -> None:
    reader = reader_of(lodge, "grace")
    for _ in range(FAILURES_A_NAME):
        with pytest.raises(RefusedError):
            change_own_password(lodge, reader, old="wrong", new=NEW, now=NINE)
    with pytest.raises(TooManyAttemptsError):
        change_own_password(lodge, reader, old=PASSWORD, new=NEW, now=NINE)


def test_one_ends_ones_other_sessions_and_nobody_elses(lodge: Lodge, grace: int, ida: int) -> None:
    other, here = (sign_in(lodge, "grace", PASSWORD, HOME, NINE) for _ in range(2))
    foreign = sign_in(lodge, "ida", PASSWORD, HOME, NINE)
    reader, stranger = who_is(lodge, here, NINE), who_is(lodge, foreign, NINE)
    assert reader is not None
    assert stranger is not None
    assert len(own_sessions(lodge, reader, NINE)) == 2
    with pytest.raises(RefusedError, match="no living session"):
        end_own_session(lodge, reader, stranger.user_session_id, NINE)
    end_other_sessions(lodge, reader, NINE)
    assert who_is(lodge, other, NINE) is None
    assert who_is(lodge, here, NINE)
    assert who_is(lodge, foreign, NINE)
