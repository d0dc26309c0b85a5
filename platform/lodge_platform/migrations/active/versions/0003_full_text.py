"""The engine's own index of the words in `search_documents`."""

from alembic import op

from lodge_platform.errors import SetUpError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The words come folded and parted by spaces (`lodge_core.search.words`): the engines only index.
_SQLITE = (
    """
    create virtual table search_words using fts5(
        title, body, content='search_documents', content_rowid='search_document_id',
        tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co Mn Mc'", prefix='2 3'
    )
    """,
    """
    create trigger search_documents_words_insert after insert on search_documents begin
        insert into search_words (rowid, title, body)
        values (new.search_document_id, new.title, new.body);
    end
    """,
    """
    create trigger search_documents_words_delete after delete on search_documents begin
        insert into search_words (search_words, rowid, title, body)
        values ('delete', old.search_document_id, old.title, old.body);
    end
    """,
    """
    create trigger search_documents_words_update after update on search_documents begin
        insert into search_words (search_words, rowid, title, body)
        values ('delete', old.search_document_id, old.title, old.body);
        insert into search_words (rowid, title, body)
        values (new.search_document_id, new.title, new.body);
    end
    """,
    "insert into search_words (search_words) values ('rebuild')",
)
_POSTGRESQL = (
    """
    alter table search_documents add column words tsvector generated always as (
        setweight(to_tsvector('simple'::regconfig, title), 'A')
        || setweight(to_tsvector('simple'::regconfig, body), 'B')
    ) stored
    """,
    "create index ix_search_documents_words on search_documents using gin (words)",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise SetUpError("no way back from here; restore the database instead")
