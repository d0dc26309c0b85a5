"""The record of a query: written before it runs, so that no rows leave without one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, update

from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import AccessRecord
from lodge_platform.stores import Store, allocate

_MOST_CHARACTERS = 20_000


@dataclass(frozen=True)
class QueryRecord:
    """Who asks, when and from where; `is_export` when the rows leave as a file."""

    active: Store
    reader: SignedIn
    now: datetime
    address: str | None = None
    is_export: bool = False

    def keep(self, query: str) -> int:
        """Write down that `query` is asked; gives the key of the record."""
        with self.active.write() as connection:
            key = allocate(connection, "access_records")[0]
            connection.execute(
                insert(AccessRecord).values(
                    access_record_id=key,
                    user_id=self.reader.user_id,
                    api_key_id=self.reader.api_key_id,
                    address=self.address,
                    kind="export" if self.is_export else "query",
                    object_type="sql",
                    detail=query[:_MOST_CHARACTERS],
                    read_at=self.now,
                )
            )
        return key

    def count(self, key: int, rows: int) -> None:
        """Add to a record how many rows were handed out."""
        counted = update(AccessRecord).where(AccessRecord.access_record_id == key)
        with self.active.write() as connection:
            connection.execute(counted.values(row_count=rows))
