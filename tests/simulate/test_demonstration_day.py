"""A small demonstration day, played through the real code on each engine, and what holds of it."""

import mailbox
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import pytest
from sqlalchemy import text

from lodge_core.mail.balance import balances
from lodge_core.simulate.hours import midnight_of
from lodge_core.simulate.past import Played
from lodge_core.simulate.playing import play_demonstration
from lodge_core.simulate.set_up import customers_folder
from lodge_core.simulate.sign_ins import demonstration_sign_ins
from lodge_platform.configuration import change_configuration, version_in_force
from lodge_platform.errors import RefusedError
from lodge_platform.events import catalogue
from lodge_platform.events.rebuild import differences, read_events
from lodge_platform.identity import sign_in
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.schema.master import Alias, Department
from lodge_platform.services.instances import read_instances
from lodge_platform.settings import Settings
from lodge_platform.vocabulary import SourceKind

NOW = datetime(2026, 1, 5, 13, 7, 11, tzinfo=UTC)
MAILS = 20


@pytest.fixture
def lodge(settings: Settings) -> Generator[Lodge]:
    """Migrated stores on each engine, with nothing in them."""
    opened = open_lodge(settings)
    yield opened
    opened.close()


@pytest.fixture
def embedded(sqlite_settings: Settings) -> Generator[Lodge]:
    """As `lodge`, on SQLite alone."""
    opened = open_lodge(sqlite_settings)
    yield opened
    opened.close()


def test_a_demonstration_day_goes_by_the_book(lodge: Lodge) -> None:
    assert _play(lodge) == Played(mails=MAILS, answers=_sent(lodge))
    _every_mail_has_its_line_and_its_end(lodge)
    _rows_are_what_their_events_make_of_them(lodge)
    _nobody_ever_holds_more_than_the_task_limit(lodge)
    _answers_lie_with_the_customers_threaded(lodge)
    _everything_happened_between_the_first_morning_and_now(lodge)
    _the_work_has_every_shape_it_should(lodge)
    _only_this_home_has_live_traffic(lodge)
    version = _version(lodge)
    assert _play(lodge) is None
    assert _version(lodge) == version


def test_the_same_seed_plays_the_same_day_at_any_time(embedded: Lodge, tmp_path: Any) -> None:
    other = open_lodge(Settings(**_moved(embedded.settings, tmp_path / "other")))
    try:
        first = _play(embedded, now=NOW)
        second = _play(other, now=NOW + timedelta(days=3, hours=5, seconds=17))
        assert first == second
        assert _shape(embedded) == _shape(other)
    finally:
        other.close()


def test_a_home_that_is_in_use_is_left_alone(embedded: Lodge) -> None:
    with change_configuration(embedded.stores.master, by="test", now=NOW) as session:
        department = Department(name="Sales")
        session.add(department)
        session.flush()
        session.add(
            Alias(
                department_id=department.department_id,
                address="sales@lodge.test",
                source_kind=SourceKind.IMAP,
            )
        )
    with pytest.raises(RefusedError, match="holds work that is no demonstration"):
        _play(embedded)
    assert demonstration_sign_ins(embedded) == []


def test_the_printed_sign_ins_sign_in(embedded: Lodge) -> None:
    _play(embedded, mails=1)
    sign_ins = demonstration_sign_ins(embedded)
    assert [one.role for one in sign_ins] == [
        *["agent"] * 8,
        *("supervisor", "analyst", "administrator"),
    ]
    first = sign_ins[0]
    assert sign_in(embedded, first.sign_in_name, first.password, "127.0.0.1", NOW)


def test_more_agents_and_days_than_shipped_can_be_played(embedded: Lodge) -> None:
    played = play_demonstration(embedded, days=2, mails=6, agents=11, seed=2, now=NOW)
    assert played
    assert played.mails == 12
    assert len(demonstration_sign_ins(embedded)) == 11
    assert len(_rows(embedded, "select distinct agent_id from agent_states")) == 12


def _play(lodge: Lodge, *, now: datetime = NOW, mails: int = MAILS) -> Played | None:
    return play_demonstration(lodge, days=1, mails=mails, agents=8, seed=7, now=now)


def _every_mail_has_its_line_and_its_end(lodge: Lodge) -> None:
    [balance] = balances(lodge, is_source_asked=True)
    assert balance.seen == MAILS
    assert (balance.difference, balance.unseen_at_source) == (0, 0)
    assert balance.quarantined == 1
    assert _rows(lodge, "select reason_code from quarantine") == [("empty",)]


def _rows_are_what_their_events_make_of_them(lodge: Lodge) -> None:
    with lodge.stores.active.read() as connection:
        assert list(differences(connection)) == []


def _nobody_ever_holds_more_than_the_task_limit(lodge: Lodge) -> None:
    holder: dict[int, int | None] = {}
    most: Counter[int] = Counter()
    with lodge.stores.active.read() as connection:
        for event in read_events(connection):
            match event.payload:
                case catalogue.OfferMade(activity_id=activity_id, agent_id=agent_id):
                    holder[activity_id] = agent_id
                case catalogue.ActivityAssigned(agent_id=agent_id) if event.activity_id:
                    holder[event.activity_id] = agent_id
                case (
                    catalogue.OfferRejected()
                    | catalogue.OfferExpired()
                    | catalogue.OfferWithdrawn()
                    | catalogue.ActivityQueued()
                    | catalogue.ActivityCompleted()
                ) if event.activity_id:
                    holder[event.activity_id] = None
                case _:
                    continue
            held = Counter(agent for agent in holder.values() if agent is not None)
            for agent, count in held.items():
                most[agent] = max(most[agent], count)
    assert len(most) > 4
    assert max(most.values()) <= 2


def _answers_lie_with_the_customers_threaded(lodge: Lodge) -> None:
    written = dict(
        _rows(
            lodge,
            "select answer.message_id, mail.message_id from emails answer join emails mail "
            "on mail.email_id = answer.in_reply_to_email_id where answer.direction = 'outbound'",
        )
    )
    box: mailbox.Maildir = mailbox.Maildir(str(customers_folder(lodge.settings)), create=False)
    delivered: dict[str, Message] = {_ids(mail["Message-ID"])[0]: mail for mail in box}
    assert delivered.keys() == written.keys()
    assert len(delivered) == _sent(lodge) > MAILS // 2
    for message_id, mail in delivered.items():
        if mail["In-Reply-To"] is None:  # the mail that had no id of its own
            continue
        assert _ids(mail["In-Reply-To"]) == [written[message_id]]
        assert _ids(mail["References"])[-1] == written[message_id]
    assert sum(mail["In-Reply-To"] is None for mail in delivered.values()) <= 1


def _everything_happened_between_the_first_morning_and_now(lodge: Lodge) -> None:
    with lodge.stores.active.read() as connection:
        instants = [event.occurred_at for event in read_events(connection)]
    assert midnight_of(NOW, 0) <= min(instants) <= max(instants) <= NOW
    assert max(instants) > NOW - timedelta(hours=1)


def _the_work_has_every_shape_it_should(lodge: Lodge) -> None:
    kinds = Counter(row[0] for row in _rows(lodge, "select automatic_kind from emails"))
    assert kinds["list"] == 1
    assert dict(_rows(lodge, "select threading_rule, count(*) from emails group by 1"))["answer"]
    problems = " ".join(
        str(row[0]) for row in _rows(lodge, "select problems from emails where problems <> '[]'")
    )
    for problem in ("no_from", "no_message_id", "unknown_charset", "nul_bytes"):
        assert problem in problems
    follow_ups = "select count(*) from emails where threading_rule in ('in_reply_to', 'references')"
    assert _rows(lodge, follow_ups)[0][0] >= 1


def _only_this_home_has_live_traffic(lodge: Lodge) -> None:
    with lodge.stores.master.read() as master:
        [traffic] = [one for one in read_instances(master) if one.name == "demo_traffic"]
    assert (traffic.is_wanted, traffic.is_automatic) == (True, True)


def _shape(lodge: Lodge) -> list[Any]:
    return [
        _rows(lodge, f"select {column}, count(*) from {table} group by 1 order by 1")  # noqa: S608 - names of ours
        for table, column in (
            ("activity_events", "type_code"),
            ("activities", "status"),
            ("activities", "queue_id"),
            ("activities", "agent_id"),
            ("emails", "from_address"),
            ("offers", "outcome"),
        )
    ]


def _sent(lodge: Lodge) -> int:
    return _rows(lodge, "select count(*) from outbox where status = 'sent'")[0][0]


def _rows(lodge: Lodge, query: str) -> list[Any]:
    with lodge.stores.active.read() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def _version(lodge: Lodge) -> int:
    with lodge.stores.master.read() as connection:
        return version_in_force(connection)


def _moved(settings: Settings, home: Any) -> dict[str, Any]:
    from lodge_platform.settings import load

    moved = load(home, {})
    return {name: getattr(moved, name) for name in settings.__dataclass_fields__}


def _ids(header: Any) -> list[str]:
    return [one.strip("<>") for one in str(header).split()]
