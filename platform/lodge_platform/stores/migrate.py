"""Bring a store's tables to the present version, by `lodge_platform.migrations`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lodge_platform.schema import ActiveBase, MasterBase
from lodge_platform.stores.comments import write_comments
from lodge_platform.stores.engines import Store

# Imported where it is used: every process opens stores, few migrate them.
if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent.parent / "migrations"


def migrate(store: Store) -> None:
    """Run every migration that `store` has not seen, each in the store's own transaction."""
    from alembic import command

    with store.write() as connection:
        configuration = _configuration(store)
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
        base = MasterBase if store.name == "master" else ActiveBase
        write_comments(connection, base.metadata)


def is_migrated(store: Store) -> bool:
    """Whether `store` is at the newest version."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_configuration(store)).get_current_head()
    with store.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def _configuration(store: Store) -> Config:
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(_MIGRATIONS / store.name))
    return configuration
