"""Change capture by the database itself, so that no writer, not even plain SQL, can forget it.

A row's `change_no` is the writing transaction's id on PostgreSQL and the value of a counter on
SQLite, where writers follow one another. A delete leaves a line in `tombstones`.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

_POSTGRESQL_FUNCTIONS = (
    """
    create or replace function lodge_number_change() returns trigger language plpgsql as $$
    begin
        new.change_no := pg_current_xact_id()::text::bigint;
        return new;
    end $$
    """,
    """
    create or replace function lodge_bury() returns trigger language plpgsql as $$
    declare
        keys text[] := string_to_array(tg_argv[0], ',');
        row_json jsonb := to_jsonb(old);
        row_key jsonb := '{}'::jsonb;
        key text;
    begin
        foreach key in array keys loop
            row_key := row_key || jsonb_build_object(key, row_json -> key);
        end loop;
        insert into tombstones (table_name, row_key, deleted_at, change_no)
        values (tg_table_name, row_key, clock_timestamp(), pg_current_xact_id()::text::bigint);
        return old;
    end $$
    """,
)


def install_functions(connection: Connection) -> None:
    """Make what the triggers of a store need, once, in its first migration."""
    if connection.dialect.name == "postgresql":
        for statement in _POSTGRESQL_FUNCTIONS:
            connection.execute(text(statement))
    else:
        connection.execute(
            text(
                "create table change_counters (store text primary key, change_no integer not null)"
            )
        )
        connection.execute(text("insert into change_counters values ('this', 0)"))


def capture(connection: Connection, table: str, key: Sequence[str]) -> None:
    """Put the triggers on `table`, whose primary key columns are `key`."""
    build = _postgresql if connection.dialect.name == "postgresql" else _sqlite
    for statement in build(table, key):
        connection.execute(text(statement))


def _postgresql(table: str, key: Sequence[str]) -> list[str]:
    return [
        f"create trigger {table}_number before insert or update on {table} "
        "for each row execute function lodge_number_change()",
        f"create trigger {table}_bury after delete on {table} "
        f"for each row execute function lodge_bury('{','.join(key)}')",
    ]


def _sqlite(table: str, key: Sequence[str]) -> list[str]:
    count = "update change_counters set change_no = change_no + 1;"
    counted = "(select change_no from change_counters)"
    number = f"{count} update {table} set change_no = {counted} where rowid = new.rowid;"  # noqa: S608 - names are ours
    pairs = ", ".join(f"'{column}', old.{column}" for column in key)
    bury = (
        f"{count} insert into tombstones (table_name, row_key, deleted_at, change_no) "  # noqa: S608 - names are ours
        f"values ('{table}', json_object({pairs}), "
        f"strftime('%Y-%m-%d %H:%M:%f000', 'now'), {counted});"
    )
    return [
        f"create trigger {table}_number_insert after insert on {table} begin {number} end",
        f"create trigger {table}_number_update after update on {table} "
        f"when new.change_no is old.change_no begin {number} end",
        f"create trigger {table}_bury after delete on {table} begin {bury} end",
    ]
