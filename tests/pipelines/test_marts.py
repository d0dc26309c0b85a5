"""The marts' figures for a morning counted by hand, and the promises of their names."""

from datetime import datetime
from typing import Any

from fixtures.apart import apart
from fixtures.published import at
from lodge_dictionary.door import open_door
from lodge_pipelines.building import run_unit_tests
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores

_COLUMNS = (
    "opening, queued, answered, answered_within_threshold, abandoned, moved, closing, handled, "
    "service_level, average_wait_seconds, average_handle_seconds"
)
_REFUNDS = {
    "09:00:00": (0, 3, 1, 1, 0, 0, 2, 0, 1.0, 600.0, None),
    "09:15:00": (2, 1, 1, 0, 1, 0, 1, 2, 0.0, 601.0, 600.0),
    "09:30:00": (1, 1, 0, 0, 0, 2, 0, 0, None, None, None),
    "09:45:00": (0, 1, 0, 0, 0, 0, 1, 0, None, None, None),
    "10:00:00": (1, 2, 2, 1, 0, 0, 1, 2, 0.5, 210.0, 60.0),
    "10:15:00": (1, 0, 0, 0, 0, 0, 1, 0, None, None, None),
}
_QUIET = (0, 0, 0, 0, 0, 0, 0, 0, None, None, None)
_ORDERS = {
    "09:30:00": (0, 1, 1, 1, 0, 0, 0, 0, 1.0, 60.0, None),
    "09:45:00": _QUIET,
    "10:00:00": _QUIET,
    "10:15:00": _QUIET,
}


def test_r108_queue_intervals_are_as_counted_by_hand(morning: Settings) -> None:
    assert _intervals(morning, "Refunds") == {at(k): v for k, v in _REFUNDS.items()}
    assert _intervals(morning, "Orders") == {at(k): v for k, v in _ORDERS.items()}


def test_queue_intervals_equal_a_query_over_the_active_store(morning: Settings) -> None:
    stores = open_stores(morning)
    query = (
        "select queue_id, strftime('%Y-%m-%d %H:', occurred_at) "
        "|| substr('00153045', 1 + 2 * (cast(strftime('%M', occurred_at) as integer) / 15), 2) "
        "|| ':00', count(*) from activity_events where type_code = 'activity_queued' "
        "group by 1, 2"
    )
    with stores.active.read() as connection:
        by_hand = {(row[0], row[1]): row[2] for row in connection.exec_driver_sql(query)}
    stores.close()
    asked = _ask(
        morning,
        "select queue_id, strftime(interval_start_at, '%Y-%m-%d %H:%M:%S'), queued "
        "from queue_intervals where queued > 0",
    )
    assert {(row[0], row[1]): row[2] for row in asked} == by_hand


def test_f05_offer_is_no_credit_and_a_bot_is_not_an_agent_of_the_queue(morning: Settings) -> None:
    entries = _ask(
        morning,
        "select activity_id, outcome, agent_id from intermediate.int_queue_entries "
        "where activity_id in (3, 4, 5) order by queue_entry_id",
    )
    assert entries == [
        (3, "moved", None),
        (4, "abandoned", None),
        (3, "answered", 7),
        (5, "moved", None),
    ]


def test_marts_have_the_columns_that_scripts_rely_on(morning: Settings) -> None:
    promised = {
        "activities": "activity_id, case_id, department, queue, media, mode, customer_id, agent_id,"
        " created_at, queued_at, assigned_at, first_response_at, completed_at, is_archived",
        "emails": "activity_id, case_id, alias, message_id, direction, subject, from_address,"
        " sent_at, received_at, raw_sha256",
        "queue_intervals": "queue, interval_start_at, opening, queued, answered,"
        " answered_within_threshold, abandoned, closing, service_level, average_wait_seconds,"
        " average_handle_seconds",
    }
    counts = {
        mart: len(_ask(morning, f"select {names} from {mart}"))  # noqa: S608 - written above
        for mart, names in promised.items()
    }
    assert counts == {"activities": 8, "emails": 2, "queue_intervals": 10}
    completed = "select count(*) from activities where completed_at is not null and not is_archived"
    assert _ask(morning, completed) == [(5,)]
    mails = "select alias, direction, case_id from emails order by email_id"
    assert _ask(morning, mails) == [
        ("support@lodge.test", "inbound", 1),
        ("support@lodge.test", "outbound", 1),
    ]


def test_unit_tests_of_the_models_pass(morning: Settings) -> None:
    assert len(apart(run_unit_tests, morning)) >= 3


def _intervals(settings: Settings, queue: str) -> dict[datetime, tuple[Any, ...]]:
    rows = _ask(
        settings,
        f"select interval_start_at, {_COLUMNS} from queue_intervals where queue = '{queue}'",  # noqa: S608
    )
    return {row[0].replace(tzinfo=at("00:00:00").tzinfo): row[1:] for row in rows}


def _ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with open_door(settings) as door:
        return door.ask(query).fetchall()
