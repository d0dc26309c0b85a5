"""Keys before rows: so that a whole group of rows is decided first and then written at once."""

from sqlalchemy import Connection, text


def allocate(connection: Connection, table: str, count: int = 1) -> list[int]:
    """`count` new keys for `table`, never given out again; a gap is left when they go unused."""
    if count == 0:
        return []
    if connection.dialect.name == "postgresql":
        sequence = _sequence_of(connection, table)
        rows = connection.execute(
            text("select nextval(cast(:sequence as regclass)) from generate_series(1, :count)"),
            {"sequence": sequence, "count": count},
        )
        return [row[0] for row in rows]
    last = connection.execute(
        text("update sqlite_sequence set seq = seq + :count where name = :table returning seq"),
        {"count": count, "table": table},
    ).scalar()
    if last is None:
        connection.execute(
            text("insert into sqlite_sequence (name, seq) values (:table, :count)"),
            {"count": count, "table": table},
        )
        last = count
    return list(range(last - count + 1, last + 1))


def _sequence_of(connection: Connection, table: str) -> str:
    known: dict[str, str] = connection.engine.__dict__.setdefault("_lodge_sequences", {})
    if table not in known:
        found = connection.execute(
            text(
                "select pg_get_serial_sequence(:table, a.attname) from pg_index i "
                "join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) "
                "where i.indrelid = cast(:table as regclass) and i.indisprimary"
            ),
            {"table": table},
        ).scalar_one()
        known[table] = str(found)
    return known[table]
