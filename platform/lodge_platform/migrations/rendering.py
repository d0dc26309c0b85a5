"""How a migration is drafted: plain types, and no comments.

A column's comment is its term; terms are brought to PostgreSQL from the schema after every
migration (`lodge_platform.stores.comments`), so migrations do not repeat them.
"""

from typing import Any, Literal

from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import JSON, BigInteger

from lodge_platform.schema.base import Code, UtcDateTime


def without_comments(metadata: MetaData) -> MetaData:
    """A copy of `metadata` whose tables and columns have no comments."""
    copy = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        copied = table.to_metadata(copy)
        copied.comment = None
        for column in copied.columns:
            column.comment = None
    return copy


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Alembic's hook: our column types as SQLAlchemy's own."""
    if kind != "type":
        return False
    if isinstance(item, Code):
        return "sa.String()"
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, JSON) and not isinstance(item, JSONB):
        return "JSON"
    if isinstance(item, BigInteger) and item._variant_mapping:  # pyright: ignore[reportPrivateUsage]
        return "KEY"
    return False
