"""Open transactions on PostgreSQL: those of this database are waited for, and no others."""

from sqlalchemy import text

from feed.happening import NOW, feed_of, happen, make_cases
from lodge_platform.feed import is_waiting, number_all
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores
from lodge_platform.stores.horizon import settled

# From here on the transaction has a number.
_BEGIN = text("select pg_current_xact_id()::text::bigint")


def test_a_transaction_that_commits_late_is_waited_for(
    postgresql_settings: Settings,
) -> None:
    stores = open_stores(postgresql_settings)
    active = stores.active
    make_cases(active, 2)
    with active.write() as late:
        happen(late, 1)
        with active.write() as early:
            happen(early, 2)
        assert number_all(active, NOW) == 0
        assert feed_of(active) == []
        with active.read() as connection:
            assert is_waiting(connection)
    assert number_all(active, NOW) == 2
    assert [case_id for _, _, case_id, _ in feed_of(active)] == [1, 2]
    stores.close()


def test_an_open_transaction_elsewhere_on_the_server_holds_nothing_back(
    postgresql_settings: Settings,
) -> None:
    stores = open_stores(postgresql_settings)
    active = stores.active
    make_cases(active, 1)
    with stores.master.write() as elsewhere:
        elsewhere.execute(_BEGIN)
        with active.write() as ours:
            happen(ours, 1)
        assert number_all(active, NOW) == 1
        with active.read() as connection:
            assert not is_waiting(connection)
    stores.close()


def test_of_two_open_transactions_only_the_one_of_this_database_is_waited_for(
    postgresql_settings: Settings,
) -> None:
    stores = open_stores(postgresql_settings)
    active = stores.active
    make_cases(active, 2)
    with stores.master.write() as elsewhere:
        elsewhere.execute(_BEGIN)
        with active.write() as late:
            happen(late, 1)
            number = int(late.execute(_BEGIN).scalar_one())
            with active.write() as early:
                happen(early, 2)
            with active.read() as connection:
                assert settled(connection).horizon == number
            assert number_all(active, NOW) == 0
        assert number_all(active, NOW) == 2
    stores.close()


def test_what_came_before_on_an_object_is_not_overtaken_by_an_older_transaction(
    postgresql_settings: Settings,
) -> None:
    """The transaction with the lower change number does the later thing, with the higher key."""
    stores = open_stores(postgresql_settings)
    active = stores.active
    make_cases(active, 3)
    slow = active.write()
    later = slow.__enter__()
    later.execute(_BEGIN)
    with active.write() as blocker:
        happen(blocker, 3)
        with active.write() as quick:
            happen(quick, 1)
        happen(later, 1)
        slow.__exit__(None, None, None)
        # What came second is below the horizon now, what came first is not.
        assert number_all(active, NOW) == 0
    assert number_all(active, NOW) == 3
    assert [which for _, _, case_id, which in feed_of(active) if case_id == 1] == [1, 2]
    stores.close()
