"""The past of the configuration, and what has been published from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped

from lodge_platform.schema.base import Captured, Json, Key, MasterBase
from lodge_platform.schema.terms import term
from lodge_platform.vocabulary import Sensitivity


class ConfigurationVersion(Captured, MasterBase):
    __tablename__ = "configuration_versions"
    __table_args__ = (
        UniqueConstraint("table_name", "changed_row_id", "version_no"),
        {"comment": "One row per change of a master row; never edited."},
    )

    configuration_version_id: Mapped[int] = term(
        "Key of the change; the highest one says which configuration was in force.",
        Key,
        primary_key=True,
    )
    table_name: Mapped[str] = term("Master table that changed.", example="queues")
    changed_row_id: Mapped[int] = term("Key of the row that changed.", BigInteger, example="7")
    version_no: Mapped[int] = term("Version the row had after the change.", example="3")
    action: Mapped[str] = term("What happened: created, changed or deleted.", example="changed")
    old_values: Mapped[dict[str, Any] | None] = term(
        "Values before, only of what changed; secrets are left out.",
        Json,
        sensitivity=Sensitivity.PERSONAL,
    )
    new_values: Mapped[dict[str, Any] | None] = term(
        "The row's values after, all of them; secrets are left out.",
        Json,
        sensitivity=Sensitivity.PERSONAL,
    )
    changed_by: Mapped[str] = term("Who changed it: user:KEY or a service.", example="user:1")
    changed_at: Mapped[datetime] = term("When it was changed.", unit="instant, UTC")
    valid_from_at: Mapped[datetime] = term(
        "From when it is in force; facts join the version in force at event time.",
        unit="instant, UTC",
    )


class MasterTombstone(MasterBase):
    __tablename__ = "tombstones"
    __table_args__ = ({"comment": "One row per deleted row of a captured table."},)

    tombstone_id: Mapped[int] = term("Key of the tombstone.", Key, primary_key=True)
    table_name: Mapped[str] = term("Table the row was in.", example="skill_group_members")
    row_key: Mapped[dict[str, Any]] = term(
        "Primary key of the row as JSON.", example='{"skill_group_member_id": 4}'
    )
    deleted_at: Mapped[datetime] = term("When it was deleted.", unit="instant, UTC")
    change_no: Mapped[int] = term(
        "Number of the change that deleted it.", BigInteger, index=True, example="991"
    )


class PublishedSnapshot(MasterBase):
    __tablename__ = "published_snapshots"
    __table_args__ = ({"comment": "One row per whole, checked state of the reports store."},)

    published_snapshot_id: Mapped[int] = term("Key of the publication.", Key, primary_key=True)
    snapshot_no: Mapped[int] = term(
        "Number of the snapshot in the reports store that readers see.", BigInteger
    )
    published_at: Mapped[datetime] = term("When it was published.", unit="instant, UTC")
    landed_at: Mapped[datetime] = term(
        "Instant up to which the active store is in it: its freshness.", unit="instant, UTC"
    )
    run_name: Mapped[str] = term("Pipeline run that made it.")
    row_counts: Mapped[dict[str, Any]] = term("Rows in each landed table and mart.", Json)
