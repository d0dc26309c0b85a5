"""Bring the terms of the schema into PostgreSQL as comments, so that any SQL tool shows them."""

from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.schema import SetColumnComment, SetTableComment


def write_comments(connection: Connection, metadata: MetaData) -> int:
    """Set every comment that differs; gives how many did. SQLite keeps none, so there it is 0."""
    if connection.dialect.name != "postgresql":
        return 0
    inspector = inspect(connection)
    written = 0
    for table in metadata.sorted_tables:
        if inspector.get_table_comment(table.name)["text"] != table.comment:
            connection.execute(SetTableComment(table))
            written += 1
        present = {c["name"]: c.get("comment") for c in inspector.get_columns(table.name)}
        for column in table.columns:
            if present.get(column.name) != column.comment:
                connection.execute(SetColumnComment(column))
                written += 1
    return written
