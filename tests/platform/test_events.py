"""Events and the rows that follow from them."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import Connection, text

from lodge_platform.errors import MistakeError
from lodge_platform.events import Recorder
from lodge_platform.events import catalogue as events
from lodge_platform.events.rebuild import differences, read_events
from lodge_platform.stores import Stores, allocate

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def record_case(recorder: Recorder) -> int:
    [customer] = allocate(recorder.connection, "customers")
    [case] = allocate(recorder.connection, "cases")
    created = recorder.record(events.CustomerCreated(kind="individual", name="Ada"), customer)
    recorder.record(
        events.CaseOpened(department_id=1, customer_id=customer, subject="Refund"),
        case,
        caused_by=created,
    )
    recorder.flush()
    return case


def recorder_on(connection: Connection) -> Recorder:
    return Recorder(connection, now=NINE, configuration_version_id=3)


def test_an_event_and_its_row_are_written_together(stores: Stores) -> None:
    with stores.active.write() as connection:
        case = record_case(recorder_on(connection))
    with stores.active.read() as connection:
        created, opened = list(read_events(connection))
        row = connection.execute(text("select * from cases")).one()
    assert opened.payload == events.CaseOpened(department_id=1, customer_id=1, subject="Refund")
    assert opened.caused_by_event_id == created.event_id
    assert opened.configuration_version_id == 3
    assert (row.case_id, row.status) == (case, "open")


def test_f01_the_stored_rows_are_the_sum_of_their_events(stores: Stores) -> None:
    with stores.active.write() as connection:
        recorder = recorder_on(connection)
        case = record_case(recorder)
        recorder.record(events.CaseClosed(), case)
        recorder.record(events.CaseReopened(times=1), case)
        recorder.flush()
    with stores.active.read() as connection:
        assert list(differences(connection)) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("update cases set subject = 'other'", ("cases", "subject")),
        ("update customers set name = 'Eve'", ("customers", "name")),
        ("delete from activity_events where type_code = 'case_opened'", ("cases", "*")),
    ],
)
def test_f01_a_row_changed_by_another_way_is_found(
    stores: Stores, tampering: str, found: tuple[str, str]
) -> None:
    with stores.active.write() as connection:
        record_case(recorder_on(connection))
        connection.execute(text(tampering))
    with stores.active.read() as connection:
        assert [(d.table, d.column) for d in differences(connection)] == [found]


def test_an_event_about_a_row_that_is_not_there_is_our_mistake(stores: Stores) -> None:
    with stores.active.write() as connection:
        recorder = recorder_on(connection)
        recorder.record(events.CaseClosed(), 4711)
        with pytest.raises(MistakeError, match="cases has no row"):
            recorder.flush()


@pytest.mark.parametrize("type_code", sorted(events.PAYLOADS))
def test_f08_every_event_is_documented_and_its_payload_typed(type_code: str) -> None:
    payload = events.PAYLOADS[type_code]
    assert payload.__doc__
    assert payload.object_type
    with pytest.raises(msgspec.ValidationError):
        events.payload_from(type_code, {"no_such_field": 1})
