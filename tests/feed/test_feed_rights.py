"""What of the feed each reader gets: nothing of another department, queue or sensitivity."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lodge_platform.errors import RefusedError
from lodge_platform.events import Recorder
from lodge_platform.events import catalogue as happened
from lodge_platform.events.of_notes import NoteWritten
from lodge_platform.feed import BEGINNING, cursor_at, number_all, place_of, read_feed
from lodge_platform.feed.reading import STRETCH
from lodge_platform.identity.actions import DEFAULT_ROLES, Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores
from lodge_platform.vocabulary import AgentStateCode, Media, Mode

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HERE, THERE = 1, 2
INTEGRATOR = DEFAULT_ROLES["integrator"]


def reader(
    rights: dict[int, frozenset[Action]], queues: dict[int, frozenset[Action]] | None = None
) -> SignedIn:
    """Somebody with these rights by department; queues are those of HERE."""
    return SignedIn(
        user_session_id=0,
        user_id=7,
        sign_in_name="ada",
        display_name="Ada",
        department_id=HERE,
        rights=rights,
        queue_rights=queues or {},
        queue_departments=dict.fromkeys(queues or {}, HERE),
    )


def activity(
    recorder: Recorder, activity_id: int, department_id: int, *, queue_id: int | None = None
) -> None:
    """A case of customer 1 with an activity; all events of it."""
    context: dict[str, Any] = {
        "department_id": department_id,
        "case_id": activity_id,
        "queue_id": queue_id,
    }
    opened = happened.CaseOpened(department_id=department_id, customer_id=1, subject="SECRET")
    recorder.record(opened, activity_id, department_id=department_id, case_id=activity_id)
    created = happened.ActivityCreated(
        case_id=activity_id,
        department_id=department_id,
        customer_id=1,
        contact_point_id=None,
        alias_id=None,
        subject="SECRET",
        media=Media.EMAIL,
        mode=Mode.INBOUND,
        priority=4,
    )
    recorder.record(created, activity_id, activity_id=activity_id, **context)


@pytest.fixture
def book(stores: Stores) -> Stores:
    """Work in two departments for one customer, and what is of no department."""
    with stores.active.write() as connection:
        recorder = Recorder(connection, now=NOW, configuration_version_id=0)
        recorder.record(
            happened.CustomerCreated(kind="individual", name="PERSON"), 1, department_id=HERE
        )
        recorder.flush()
        activity(recorder, 1, HERE, queue_id=11)
        activity(recorder, 2, HERE, queue_id=12)
        activity(recorder, 3, THERE, queue_id=21)
        recorder.record(
            happened.CustomerRenamed(old_name="PERSON", new_name="PERSON 2"), 1, department_id=THERE
        )
        recorder.record(happened.CaseReopened(times=1), 1)  # nobody said where
        state = happened.AgentStateChanged(
            agent_id=7,
            media_routing_domain_id=1,
            old_state=None,
            new_state=AgentStateCode.READY,
            reason=None,
            misses_in_row=0,
        )
        recorder.record(state, 1, department_id=HERE, agent_id=7)
        recorder.record(
            msgspec.structs.replace(state, agent_id=8), 2, department_id=THERE, agent_id=8
        )
        note = NoteWritten(
            department_id=THERE,
            case_id=3,
            activity_id=None,
            customer_id=None,
            author_id=8,
            text="SECRET",
        )
        recorder.record(note, 1, department_id=THERE, case_id=3)
        recorder.flush()
    number_all(stores.active, NOW)
    return stores


def seen_by(stores: Stores, who: SignedIn) -> list[tuple[str, int]]:
    """Type and object of each event this reader gets."""
    return [(event["type"], event["object_id"]) for event in events_of(stores, who)]


def events_of(stores: Stores, who: SignedIn) -> list[dict[str, Any]]:
    """The whole feed as this reader gets it."""
    with stores.active.read() as connection:
        page = read_feed(connection, who, after=BEGINNING, limit=100)
    assert page.is_at_end
    return page.events


def test_s09_s35_a_reader_gets_the_events_of_their_departments_only(book: Stores) -> None:
    assert seen_by(book, reader({HERE: INTEGRATOR})) == [
        ("customer_created", 1),
        ("case_opened", 1),
        ("activity_created", 1),
        ("case_opened", 2),
        ("activity_created", 2),
        ("customer_renamed", 1),  # the customer is known here too
        ("agent_state_changed", 1),
    ]
    assert seen_by(book, reader({THERE: INTEGRATOR})) == [
        ("customer_created", 1),
        ("case_opened", 3),
        ("activity_created", 3),
        ("customer_renamed", 1),
        ("agent_state_changed", 2),
        ("note_written", 1),
    ]


def test_s09_a_reader_of_a_queue_gets_the_work_of_that_queue_only(book: Stores) -> None:
    work = frozenset({Action.ACTIVITY_READ, Action.CHANGES_READ, Action.CONTENT_READ})
    narrowed = reader({}, {12: work})
    [event] = events_of(book, narrowed)
    assert (event["type"], event["object_id"]) == ("activity_created", 2)
    assert event["payload"]["subject"] == "SECRET"


def test_s09_somebody_without_rights_gets_nothing_and_moves_on(book: Stores) -> None:
    for who in (
        reader({}),
        reader({3: INTEGRATOR}),
        reader({HERE: frozenset({Action.CHANGES_READ})}),
        reader({}, {99: frozenset({Action.ACTIVITY_READ, Action.CHANGES_READ})}),
    ):
        with book.active.read() as connection:
            page = read_feed(connection, who, after=BEGINNING, limit=10)
        assert page.events == []
        assert page.is_at_end
        assert page.place > BEGINNING


def test_s09_what_belongs_to_nobody_is_shown_to_nobody(book: Stores) -> None:
    everybody = reader({HERE: frozenset(Action), THERE: frozenset(Action)})
    assert "case_reopened" not in [kind for kind, _ in seen_by(book, everybody)]


def test_s09_personal_data_and_content_are_withheld_from_who_may_not_see_them(
    book: Stores,
) -> None:
    bare = INTEGRATOR - {Action.PERSONAL_READ, Action.CONTENT_READ}
    events = events_of(book, reader({HERE: bare}))
    assert "SECRET" not in str(events)
    assert "PERSON" not in str(events)
    withheld = {event["type"]: event["withheld"] for event in events}
    assert withheld["customer_created"] == ["payload.name"]
    assert withheld["activity_created"] == ["payload.subject"]
    personal = events_of(book, reader({HERE: bare | {Action.PERSONAL_READ}}))
    assert "SECRET" not in str(personal)
    assert "PERSON" in str(personal)


def test_s35_of_a_shared_customer_the_other_department_is_not_named(book: Stores) -> None:
    [renamed] = [
        event
        for event in events_of(book, reader({HERE: INTEGRATOR}))
        if event["type"] == "customer_renamed"
    ]
    assert renamed["department_id"] is None
    assert renamed["withheld"] == ["department_id"]
    assert renamed["payload"]["new_name"] == "PERSON 2"


def test_s09_the_right_to_read_customers_is_needed_for_customers(book: Stores) -> None:
    kinds = [kind for kind, _ in seen_by(book, reader({HERE: frozenset({Action.ACTIVITY_READ})}))]
    assert not [kind for kind in kinds if kind.startswith("customer")]


def test_pages_follow_one_another_and_types_can_be_chosen(book: Stores) -> None:
    who = reader({HERE: INTEGRATOR})
    whole = events_of(book, who)
    paged: list[dict[str, Any]] = []
    place, is_at_end = BEGINNING, False
    while not is_at_end:
        with book.active.read() as connection:
            page = read_feed(connection, who, after=place, limit=2)
        assert len(page.events) <= 2
        paged += page.events
        place, is_at_end = page.place, page.is_at_end
    assert paged == whole
    with book.active.read() as connection:
        page = read_feed(
            connection, who, after=BEGINNING, limit=10, event_types=["activity_created"]
        )
        assert [event["type"] for event in page.events] == ["activity_created"] * 2
        with pytest.raises(RefusedError, match="activity_created"):
            read_feed(connection, who, after=0, limit=10, event_types=["activity_craeted"])


def test_s09_a_long_stretch_of_others_events_is_passed_without_a_word(stores: Stores) -> None:
    with stores.active.write() as connection:
        recorder = Recorder(connection, now=NOW, configuration_version_id=0)
        recorder.record(happened.CustomerCreated(kind="individual", name="A"), 1)
        activity(recorder, 1, HERE)
        recorder.flush()
        for times in range(STRETCH + 10):
            recorder.record(happened.CaseReopened(times=times), 1, department_id=THERE)
        recorder.record(happened.CaseReopened(times=1), 1, department_id=HERE)
        recorder.flush()
    number_all(stores.active, NOW)
    who = reader({HERE: INTEGRATOR})
    with stores.active.read() as connection:
        first = read_feed(connection, who, after=BEGINNING, limit=10)
        second = read_feed(connection, who, after=first.place, limit=10)
    assert [event["type"] for event in first.events][1:] == ["case_opened", "activity_created"]
    assert not first.is_at_end
    assert [event["type"] for event in second.events] == ["case_reopened"]
    assert second.is_at_end


def test_a_cursor_says_nothing_and_cannot_be_made(sqlite_settings: Settings) -> None:
    one, other = cursor_at(sqlite_settings, 7), cursor_at(sqlite_settings, 123_456_789)
    assert len(one) == len(other)
    assert place_of(sqlite_settings, one) == 7
    assert place_of(sqlite_settings, other) == 123_456_789
    from lodge_platform.sealing import seal

    forged = (
        *("", "7", "0", "-1", "x" * 100, one[:-4] + "AAAA", one[1:], "é" * 60, one + "\n"),
        seal(sqlite_settings, "whsec_secret"),
        seal(sqlite_settings, "feed:7"),
    )
    for cursor in forged:
        with pytest.raises(RefusedError) as refused:
            place_of(sqlite_settings, cursor)
        assert refused.value.field == "after"


def test_a_cursor_beyond_the_feed_is_refused(book: Stores) -> None:
    with book.active.read() as connection, pytest.raises(RefusedError, match="beyond"):
        read_feed(connection, reader({HERE: INTEGRATOR}), after=10**9, limit=10)
