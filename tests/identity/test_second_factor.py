"""Second factors: a code besides the password, taken once, recovered from, taken away."""

from datetime import datetime, timedelta

import pytest
from pyotp.totp import TOTP
from sqlalchemy import select, update

from identity.people import HOME, NINE, PASSWORD
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.identity import (
    TooManyAttemptsError,
    disable_user,
    second_factor,
    set_password,
    who_is,
)
from lodge_platform.identity.attempts import FAILURES_A_NAME, WINDOW
from lodge_platform.identity.one_time import FAILURES_A_TOKEN, SpentTokenError
from lodge_platform.identity.sign_in import CodeWantedError, sign_in, sign_in_with_code
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import (
    ConfigurationVersion,
    OneTimeToken,
    SecondFactor,
    UserSession,
)

BY = "user:1"
LATER = NINE + timedelta(minutes=5)


def enrolled(lodge: Lodge, user_id: int) -> tuple[TOTP, list[str]]:
    """The user's authenticator and recovery codes, confirmed at nine."""
    secret = second_factor.begin_enrolment(lodge, user_id).secret
    authenticator = TOTP(secret)
    codes = second_factor.confirm(lodge, user_id, authenticator.at(NINE), by=BY, now=NINE)
    return authenticator, codes


def step(lodge: Lodge, now: datetime = LATER) -> str:
    """The token of the second step, after a right password."""
    with pytest.raises(CodeWantedError) as caught:
        sign_in(lodge, "grace", PASSWORD, HOME, now)
    return caught.value.step_token


def test_once_confirmed_the_password_alone_signs_nobody_in(lodge: Lodge, grace: int) -> None:
    authenticator, _ = enrolled(lodge, grace)
    waiting = step(lodge)
    assert who_is(lodge, waiting, LATER) is None
    token = sign_in_with_code(lodge, waiting, authenticator.at(LATER), HOME, LATER)
    reader = who_is(lodge, token, LATER)
    assert reader is not None
    assert reader.user_id == grace
    with lodge.stores.master.read() as connection:
        assert connection.scalars(select(UserSession.method)).all() == ["password_totp"]


def test_before_a_first_right_code_none_is_asked_for(lodge: Lodge, grace: int) -> None:
    enrolment = second_factor.begin_enrolment(lodge, grace)
    assert enrolment.uri.startswith("otpauth://totp/Lodge:grace?secret=")
    assert second_factor.enrolment_under_way(lodge, grace) == enrolment
    assert sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    with pytest.raises(RefusedError, match="this code is not right"):
        second_factor.confirm(lodge, grace, "000000", by=BY, now=NINE)
    assert sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    assert second_factor.state_of(lodge, grace).confirmed_at is None


def test_s22_a_wrong_password_is_answered_alike_with_and_without_a_second_factor(
    lodge: Lodge, grace: int
) -> None:
    enrolled(lodge, grace)
    with pytest.raises(RefusedError, match=r"^this name and password do not sign in$"):
        sign_in(lodge, "grace", "wrong", HOME, NINE)


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(-60, False), (-30, True), (30, True), (60, False)]
)
def test_a_clock_may_be_half_a_minute_off(
    lodge: Lodge, grace: int, seconds: int, is_taken: bool
) -> None:
    authenticator, _ = enrolled(lodge, grace)
    code = authenticator.at(LATER + timedelta(seconds=seconds))
    if is_taken:
        assert sign_in_with_code(lodge, step(lodge), code, HOME, LATER)
    else:
        with pytest.raises(RefusedError, match="not right"):
            sign_in_with_code(lodge, step(lodge), code, HOME, LATER)


def test_s21_no_code_is_taken_twice_nor_an_earlier_one_after_it(lodge: Lodge, grace: int) -> None:
    authenticator, _ = enrolled(lodge, grace)
    with pytest.raises(RefusedError, match="not right"):
        sign_in_with_code(lodge, step(lodge, NINE), authenticator.at(NINE), HOME, NINE)
    code = authenticator.at(LATER)
    assert sign_in_with_code(lodge, step(lodge), code, HOME, LATER)
    for again in (code, authenticator.at(LATER - timedelta(seconds=30))):
        with pytest.raises(RefusedError, match="not right"):
            sign_in_with_code(lodge, step(lodge), again, HOME, LATER)


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "\u0661" * 6, "abcdef", "\0" * 6, "x" * 999]
)
def test_what_is_no_code_is_refused(lodge: Lodge, grace: int, code: str) -> None:
    enrolled(lodge, grace)
    with pytest.raises(RefusedError, match="not right"):
        sign_in_with_code(lodge, step(lodge), code, HOME, LATER)


def test_s21_the_second_step_is_over_once_made_or_after_ten_minutes(
    lodge: Lodge, grace: int
) -> None:
    authenticator, codes = enrolled(lodge, grace)
    made, late = step(lodge), step(lodge)
    sign_in_with_code(lodge, made, authenticator.at(LATER), HOME, LATER)
    end = LATER + timedelta(minutes=10)
    for token, now in ((made, LATER), (late, end), ("", LATER), ("x" * 300, LATER)):
        with pytest.raises(SpentTokenError):
            sign_in_with_code(lodge, token, codes[0], HOME, now)


def test_s22_five_wrong_codes_end_the_step_and_ten_the_tries_of_the_account(
    lodge: Lodge, grace: int
) -> None:
    _, codes = enrolled(lodge, grace)
    for address in ("192.0.2.1", "192.0.2.2"):
        waiting = step(lodge)
        for _ in range(FAILURES_A_TOKEN):
            with pytest.raises(RefusedError, match="not right"):
                sign_in_with_code(lodge, waiting, "000000", address, LATER)
        with pytest.raises(SpentTokenError):
            sign_in_with_code(lodge, waiting, codes[0], address, LATER)
    assert FAILURES_A_NAME == 2 * FAILURES_A_TOKEN
    with pytest.raises(TooManyAttemptsError):
        sign_in(lodge, "grace", PASSWORD, "192.0.2.3", LATER)
    assert sign_in_with_code(lodge, step(lodge, LATER + WINDOW), codes[0], HOME, LATER + WINDOW)


def test_s21_a_recovery_code_works_once_and_only_its_hash_is_kept(lodge: Lodge, grace: int) -> None:
    _, codes = enrolled(lodge, grace)
    assert len(set(codes)) == 10
    with lodge.stores.master.read() as connection:
        kept = connection.execute(select(SecondFactor.__table__)).one()
    assert codes[0] not in str(kept)
    assert all(len(each) == 64 for each in kept.recovery_hashes)
    typed = codes[0].upper().replace("-", " ")
    assert sign_in_with_code(lodge, step(lodge), typed, HOME, LATER)
    assert second_factor.state_of(lodge, grace).recovery_codes_left == 9
    with pytest.raises(RefusedError, match="not right"):
        sign_in_with_code(lodge, step(lodge), codes[0], HOME, LATER)
    renewed = second_factor.renew_recovery_codes(lodge, grace, by=BY, now=LATER)
    with pytest.raises(RefusedError, match="not right"):
        sign_in_with_code(lodge, step(lodge), codes[1], HOME, LATER)
    assert sign_in_with_code(lodge, step(lodge), renewed[1], HOME, LATER)


def test_s25_the_secret_is_sealed_in_the_store_and_in_no_version(
    lodge: Lodge, grace: int, ida: int
) -> None:
    enrolled(lodge, grace)
    secret = second_factor.begin_enrolment(lodge, ida).secret
    with lodge.stores.master.read() as connection:
        rows = connection.execute(select(SecondFactor.__table__)).all()
        lines = connection.execute(
            select(ConfigurationVersion.__table__).where(
                ConfigurationVersion.table_name == "second_factors"
            )
        ).all()
    assert secret not in str(rows)
    assert [(line.changed_row_id, line.action, line.new_values) for line in lines] == [
        (grace, "created", None)
    ]


@pytest.mark.parametrize("change", ["confirm", "remove"])
def test_s20_a_change_of_the_second_factor_ends_every_session(
    lodge: Lodge, grace: int, change: str
) -> None:
    if change == "confirm":
        token = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
        enrolled(lodge, grace)
    else:
        authenticator, _ = enrolled(lodge, grace)
        token = sign_in_with_code(lodge, step(lodge), authenticator.at(LATER), HOME, LATER)
        second_factor.remove(lodge, grace, by=BY, now=LATER)
        assert sign_in(lodge, "grace", PASSWORD, HOME, LATER)
    assert who_is(lodge, token, LATER) is None
    with lodge.stores.master.read() as connection:
        reasons = set(connection.scalars(select(UserSession.end_reason)))
    assert "second_factor_changed" in reasons


@pytest.mark.parametrize("change", ["password", "disable"])
def test_s20_a_change_of_the_user_ends_a_step_that_waits(
    lodge: Lodge, grace: int, change: str
) -> None:
    _, codes = enrolled(lodge, grace)
    waiting = step(lodge)
    if change == "password":
        set_password(lodge, grace, password="another horse", by=BY, now=LATER)
    else:
        disable_user(lodge, grace, by=BY, now=LATER)
    with pytest.raises(SpentTokenError):
        sign_in_with_code(lodge, waiting, codes[0], HOME, LATER)


def test_s21_an_empty_hash_is_no_step(lodge: Lodge, grace: int) -> None:
    _, codes = enrolled(lodge, grace)
    step(lodge)
    with lodge.stores.master.write() as connection:
        connection.execute(update(OneTimeToken).values(token_hash=""))
    with pytest.raises(SpentTokenError):
        sign_in_with_code(lodge, "", codes[0], HOME, LATER)


def test_there_is_one_second_factor_and_none_is_taken_away_twice(lodge: Lodge, grace: int) -> None:
    enrolled(lodge, grace)
    with pytest.raises(ConflictError, match="remove it before you set up another"):
        second_factor.begin_enrolment(lodge, grace)
    second_factor.remove(lodge, grace, by=BY, now=LATER)
    with pytest.raises(NotFoundError):
        second_factor.remove(lodge, grace, by=BY, now=LATER)
