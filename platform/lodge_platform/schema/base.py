"""The declarative bases of the two SQL stores, and the column types every table uses."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    FetchedValue,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr

from lodge_platform.clock import as_utc
from lodge_platform.schema.terms import term

Json = JSON().with_variant(JSONB(), "postgresql")
Key = BigInteger().with_variant(Integer(), "sqlite")
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant in Python; timestamptz in PostgreSQL, UTC text in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC; SQLite keeps it without an offset."""
        if value is None:
            return None
        utc = as_utc(value)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Code(TypeDecorator[StrEnum]):
    """A word of the vocabulary, stored as written; any other word is refused in both directions."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        """The word itself."""
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """The member of the vocabulary."""
        return None if value is None else self.words(value)


class _Typed:
    if TYPE_CHECKING:
        __table__: ClassVar[Table]
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class MasterBase(_Typed, DeclarativeBase):
    """Tables of the master store: configuration, identities, the service registry."""

    metadata = MetaData(naming_convention=_NAMING)


class ActiveBase(_Typed, DeclarativeBase):
    """Tables of the active store: what is being worked on."""

    metadata = MetaData(naming_convention=_NAMING)


class Captured:
    """A table that pipelines read: its rows carry `change_no`, its deletes leave tombstones."""

    __abstract__ = True

    change_no: Mapped[int] = term(
        "Number of the change that last wrote this row, kept by the database itself: the writing "
        "transaction's id on PostgreSQL, a counter on SQLite. Loads read rows by it.",
        BigInteger,
        server_default=text("0"),
        server_onupdate=FetchedValue(),
        index=True,
        sort_order=1000,
        example="48213",
    )


class Versioned(Captured):
    """A configuration table: every change of a row leaves a line in `configuration_versions`."""

    __abstract__ = True

    version_no: Mapped[int] = term(
        "Version of this row, counted from 1; an update names the version it read, so that two "
        "edits never overwrite one another.",
        sort_order=999,
        example="3",
    )

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let the mapper count versions and refuse an update of an older one."""
        return {"version_id_col": cls.version_no}
