"""Rows for the benchmark of landing: events and activities of plausible width, made by SQL."""

from sqlalchemy import Connection, text

from lodge_platform.stores import Store

TABLES = ("activity_events", "activities")
_EVENTS_PER_ACTIVITY = 4

_NUMBERS = {
    "sqlite": "(with recursive numbers(n) as "
    "(select 1 union all select n + 1 from numbers where n < {count}) select n from numbers)",
    "postgresql": "(select n from generate_series(1, {count}) as numbers(n))",
}
_EVENTS = """
insert into activity_events (event_id, type_code, object_type, object_id, department_id, case_id,
    activity_id, queue_id, actor_kind, configuration_version_id, payload, occurred_at, recorded_at,
    change_no)
select n, 'activity_queued', 'activity', n / 4 + 1, 1, n / 4 + 1, n / 4 + 1, n % 7, 'system', 1,
    '{{"queue_id": 7, "reason": "workflow", "rule": "refunds"}}', '2026-01-05 09:00:00.123456',
    '2026-01-05 09:00:00.234567', n
from {numbers} as numbers
"""
_ACTIVITIES = """
insert into activities (activity_id, case_id, department_id, customer_id, alias_id, queue_id,
    subject, media, mode, status, priority, created_at, queued_at, change_no)
select n, 1, 1, 1, 1, n % 7, 'Refund for order ' || n, 'email', 'inbound', 'queued', 4,
    '2026-01-05 09:00:00.123456', '2026-01-05 09:00:01.123456', n
from {numbers} as numbers
"""
_BEFORE = (
    "insert into customers (customer_id, kind, name, created_at) "
    "values (1, 'individual', 'Ada', '2026-01-05 09:00:00')",
    "insert into cases (case_id, department_id, customer_id, subject, status, opened_at, "
    "reopened_count) values (1, 1, 1, 'Refund', 'open', '2026-01-05 09:00:00', 0)",
)


def fill(store: Store, count: int) -> int:
    """`count` events and a quarter as many activities; gives how many rows were written.

    On SQLite the triggers are off meanwhile: numbering a row at a time is not what is measured.
    """
    with store.write() as connection:
        for statement in _BEFORE:
            connection.execute(text(statement))
        numbers = _NUMBERS[connection.dialect.name]
        activities = count // _EVENTS_PER_ACTIVITY
        triggers = _without_triggers(connection)
        _run(connection, _EVENTS.format(numbers=numbers.format(count=count)))
        _run(connection, _ACTIVITIES.format(numbers=numbers.format(count=activities)))
        for trigger in triggers:
            _run(connection, trigger)
        if triggers:
            _run(connection, f"update change_counters set change_no = {count}")  # noqa: S608
    return len(_BEFORE) + count + activities


def change_rows(store: Store, count: int) -> int:
    """Change `count` activities as any writer would; gives how many."""
    with store.write() as connection:
        return connection.execute(
            text("update activities set priority = 1 where activity_id <= :count"),
            {"count": count},
        ).rowcount


def _without_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        return []
    found = connection.execute(
        text(
            "select name, sql from sqlite_master where type = 'trigger' "
            "and tbl_name in ('activity_events', 'activities')"
        )
    ).all()
    for name, _ in found:
        _run(connection, f'drop trigger "{name}"')
    return [str(sql) for _, sql in found]


def _run(connection: Connection, statement: str) -> None:
    is_psycopg = connection.dialect.name == "postgresql"
    connection.exec_driver_sql(statement.replace("%", "%%") if is_psycopg else statement)
