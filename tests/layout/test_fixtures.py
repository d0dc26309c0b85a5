"""What the tests stand on is real: servers that answer, databases of one's own."""

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, inspect

from fixtures.missing import missing
from fixtures.packaged_postgresql import packaged_server
from fixtures.postgresql import NewDatabase
from fixtures.servers import MailServers
from fixtures.stores import StoreUrls
from lodge_platform.settings import Settings
from lodge_platform.stores import Stores, is_migrated


def test_a_database_is_a_copy_of_its_template(new_postgres_database: NewDatabase) -> None:
    template = new_postgres_database()
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute("create table queues as select 'refunds' as name")
    with psycopg.connect(new_postgres_database(template=template)) as connection:
        assert connection.execute("select name from queues").fetchall() == [("refunds",)]


def test_the_packaged_postgresql_needs_no_root_and_knows_letters_beyond_ascii() -> None:
    with packaged_server() as url, psycopg.connect(url) as connection:
        row = connection.execute("select lower('ÄÉ'), current_setting('timezone')").fetchone()
        assert row == ("äé", "UTC")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


def test_empty_databases_are_empty_on_both_engines(store_urls: StoreUrls) -> None:
    for url in store_urls:
        assert inspect(create_engine(url, poolclass=NullPool)).get_table_names() == []


def test_stores_are_migrated_and_one_tests_own(stores: Stores, settings: Settings) -> None:
    assert is_migrated(stores.master)
    assert is_migrated(stores.active)
    assert settings.active_url != settings.master_url


def test_a_delivered_mail_is_in_the_inbox_until_it_is_emptied(dovecot: MailServers) -> None:
    dovecot.empty("sales@lodge.test")
    dovecot.deliver("sales@lodge.test", [b"Subject: one\r\n\r\n.\r\n", b"Subject: two\r\n\r\n"])
    with dovecot.sign_in("sales@lodge.test") as client:
        assert client.folder_status("INBOX", ["MESSAGES"]) == {b"MESSAGES": 2}
    dovecot.empty("sales@lodge.test")
    with dovecot.sign_in("sales@lodge.test") as client:
        assert client.folder_status("INBOX", ["MESSAGES"]) == {b"MESSAGES": 0}


def test_a_missing_thing_skips_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LODGE_TEST_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="for want of a harp: none was found"):
        missing("a harp", "none was found")


def test_a_missing_thing_fails_where_everything_is_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LODGE_TEST_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="for want of a harp"):
        missing("a harp", "none was found")
