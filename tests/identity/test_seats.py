"""Seats: how many may be signed in for each kind of work, and what the next one is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fixtures.workplace import Workplace
from identity.people import HOME, NINE, PASSWORD, person
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import SetUpError
from lodge_platform.identity import end_session, sign_in
from lodge_platform.identity.attempts import FAILURES_A_NAME
from lodge_platform.identity.entitlements import Seats, entitlements, read_entitlements
from lodge_platform.identity.seats import NoSeatError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import SkillGroupMember
from lodge_platform.settings import load
from lodge_platform.vocabulary import Media


def entitled(lodge: Lodge, said: str) -> None:
    """The entitlement file says this."""
    (lodge.settings.home / "entitlements.yaml").write_text(said)


@pytest.fixture
def agents(lodge: Lodge, workplace: Workplace) -> list[str]:
    """Three agents for refunds, which come by e-mail."""
    for name in ("grace", "alan", "edith"):
        user_id = person(lodge, name, "agent", department_id=workplace.department_id)
        with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
            group = workplace.groups["Billing"]
            session.add(SkillGroupMember(skill_group_id=group, user_id=user_id))
    return ["grace", "alan", "edith"]


def test_without_a_file_there_is_no_limit(lodge: Lodge, agents: list[str]) -> None:
    assert entitlements(lodge.settings) == {}
    assert all(sign_in(lodge, name, PASSWORD, HOME, NINE) for name in agents)


def test_the_last_seat_taken_the_next_is_told_how_many_and_when_one_is_free(
    lodge: Lodge, agents: list[str]
) -> None:
    entitled(lodge, "seats:\n  email: {concurrent: 2}\n")
    first = sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    sign_in(lodge, "alan", PASSWORD, HOME, NINE + timedelta(hours=1))
    assert sign_in(lodge, "grace", PASSWORD, HOME, NINE)  # no further seat
    for _ in range(FAILURES_A_NAME + 1):  # and it counts as no wrong password
        with pytest.raises(
            NoSeatError, match=r"all 2 seats for e-mail are taken\..* at 2026-01-05 15:00 UTC"
        ):
            sign_in(lodge, "edith", PASSWORD, HOME, NINE)
    end_session(lodge, first, NINE)
    with pytest.raises(NoSeatError):
        sign_in(lodge, "edith", PASSWORD, HOME, NINE)
    assert sign_in(lodge, "edith", PASSWORD, HOME, NINE + timedelta(hours=6))


def test_who_works_none_of_it_takes_no_seat(
    lodge: Lodge, workplace: Workplace, agents: list[str]
) -> None:
    person(lodge, "ada", "administrator", department_id=workplace.department_id)
    entitled(lodge, "seats:\n  email: {concurrent: 1}\n  chat: {concurrent: 0}\n")
    assert sign_in(lodge, "ada", PASSWORD, HOME, NINE)
    assert sign_in(lodge, "grace", PASSWORD, HOME, NINE)
    with pytest.raises(NoSeatError, match="the only seat for e-mail is taken"):
        sign_in(lodge, "alan", PASSWORD, HOME, NINE)


def test_named_seats_are_for_those_who_were_first(lodge: Lodge, agents: list[str]) -> None:
    entitled(lodge, "seats:\n  email:\n    named: 2\n")
    assert sign_in(lodge, "alan", PASSWORD, HOME, NINE)
    with pytest.raises(NoSeatError, match="2 named seats for e-mail, and 3 people can work it"):
        sign_in(lodge, "edith", PASSWORD, HOME, NINE)
    with change_configuration(lodge.stores.master, by="test", now=NINE) as session:
        session.delete(session.scalars(select(SkillGroupMember)).first())
    assert sign_in(lodge, "edith", PASSWORD, HOME, NINE)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("seats:\n  email: {concurrent: many}\n", "line 2: 'many' is no number of seats"),
        ("seats:\n  email:\n    concurrent: -1\n", "line 3: '-1' is no number of seats"),
        ("seats:\n  emial: {named: 1}\n", "line 2: 'emial' is not known; did you mean 'email'"),
        ("seats:\n  email: {nmed: 1}\n", "line 2: 'nmed' is not known; did you mean 'named'"),
        ("seat: 1\n", "line 1: 'seat' is not known; did you mean 'seats'"),
        ("seats: [1]\n", "line 1: here stands a list of callback, chat, email"),
        (
            "seats:\n  email: {named: 1}\n  email: {named: 2}\n",
            "line 3: 'email' stands there twice",
        ),
        ("seats:\n  email: {named: 1\n", "line 3:"),
        ("\t", "line 1:"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(said: str, line: str) -> None:
    with pytest.raises(SetUpError, match=r"entitlement file seats\.yaml") as caught:
        read_entitlements(said.encode(), "seats.yaml")
    assert line in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"seats:\n"])
def test_an_empty_file_is_no_limit(content: bytes) -> None:
    assert read_entitlements(content, "seats.yaml") == {}


def test_the_file_may_lie_on_a_file_server_and_must_be_there_when_named(lodge: Lodge) -> None:
    place = f"file://{lodge.settings.home}/files/seats.yaml"
    settings = load(lodge.settings.home, {"LODGE_ENTITLEMENTS_FILE": place})
    with pytest.raises(SetUpError, match="setting entitlements_file names file://"):
        entitlements(settings)
    (lodge.settings.home / "files").mkdir(exist_ok=True)
    (lodge.settings.home / "files" / "seats.yaml").write_text("seats: {chat: {named: 3}}")
    assert entitlements(settings) == {Media.CHAT: Seats(named=3)}
