"""The schema: a term for every column, a grain for every table, migrations that agree."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table, inspect

from lodge_platform.migrations.rendering import without_comments
from lodge_platform.schema import ActiveBase, MasterBase, term_of
from lodge_platform.stores import Stores, is_migrated, migrate

TABLES = [
    pytest.param(table, id=f"{store}.{table.name}")
    for store, base in (("master", MasterBase), ("active", ActiveBase))
    for table in base.metadata.sorted_tables
]

# What the engines' own indexes of full text are made of, besides the models.
FULL_TEXT = {
    "search_words",
    *(f"search_words_{part}" for part in ("config", "data", "docsize", "idx")),
    "words",
    "ix_search_documents_words",
}


@pytest.mark.parametrize("table", TABLES)
def test_f01_every_table_says_its_grain_and_every_column_its_meaning(table: Table) -> None:
    assert table.comment is not None
    assert table.comment.startswith("One row per")
    for column in table.columns:
        said = term_of(column)
        assert said is not None, column.name
        assert len(said.meaning.split()) >= 3, column.name
        assert column.comment == said.comment()


def test_the_migrations_make_what_the_models_say(stores: Stores) -> None:
    for store, base in ((stores.master, MasterBase), (stores.active, ActiveBase)):
        assert is_migrated(store)
        with store.read() as connection:
            context = MigrationContext.configure(connection)
            found = compare_metadata(context, without_comments(base.metadata))
            told = [one for one in found if "comment" not in str(one[0])]
            extra = {"change_counters", *FULL_TEXT}
            assert [one for one in told if getattr(one[-1], "name", "") not in extra] == []


def test_migrating_again_changes_nothing(stores: Stores) -> None:
    for store in (stores.master, stores.active):
        migrate(store)
        assert is_migrated(store)


def test_postgresql_shows_every_term_as_a_comment(stores: Stores) -> None:
    if stores.active.is_sqlite:
        assert "comment" not in inspect(stores.active.engine).get_columns("cases")[0]
        return
    for store, base in ((stores.master, MasterBase), (stores.active, ActiveBase)):
        inspector = inspect(store.engine)
        for table in base.metadata.sorted_tables:
            assert inspector.get_table_comment(table.name)["text"] == table.comment
            shown = {c["name"]: c.get("comment") for c in inspector.get_columns(table.name)}
            shown = {name: said for name, said in shown.items() if name not in FULL_TEXT}
            assert shown == {column.name: column.comment for column in table.columns}
