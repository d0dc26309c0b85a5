"""Whole runs: what is published, what readers see meanwhile, and what stops a publication."""

import time
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

import pytest
from click.testing import CliRunner

from fixtures.facts import Facts
from fixtures.landed import differences, land
from fixtures.postgresql import NewDatabase
from fixtures.published import NOW, at, play_morning, publish
from lodge_dictionary.door import open_door
from lodge_pipelines.building import BuildError
from lodge_pipelines.running import run
from lodge_pipelines.verbs import pipelines
from lodge_platform.cli.endings import exit_code_of
from lodge_platform.cli.invocation import Invocation
from lodge_platform.errors import MistakeError, NotFoundError, TryAgainError
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores
from lodge_platform.stores.reports_lock import writing


@pytest.mark.slow
def test_readers_see_only_what_is_published_whole(own_morning: Settings) -> None:
    facts = Facts(open_stores(own_morning))
    facts.arrive(9, queue_id=1, at=at("10:21:00"))
    stop, seen, faults = Event(), set[int](), list[str]()
    reader = Thread(target=_poll, args=(own_morning, stop, seen, faults))
    reader.start()
    land(own_morning, now=NOW)
    assert _activities(own_morning) == 8
    first = publish(own_morning, now=NOW + timedelta(minutes=5))
    assert _activities(own_morning) == 9
    stop.set()
    reader.join()
    assert faults == []
    assert seen <= {8, 9}

    with open_door(own_morning, as_of=NOW + timedelta(minutes=4)) as door:
        assert door.ask("select count(*) from activities").fetchall() == [(8,)]
    with pytest.raises(NotFoundError, match="the first publication was at"):
        open_door(own_morning, as_of=at("08:00:00")).__enter__()

    again = publish(own_morning, now=NOW + timedelta(minutes=6))
    assert (again.snapshot_no, again.nodes) == (first.snapshot_no, [])
    with open_door(own_morning) as door:
        assert door.published.landed_at == NOW + timedelta(minutes=6)


def test_nothing_is_published_when_a_test_on_the_rows_fails(own_morning: Settings) -> None:
    facts = Facts(open_stores(own_morning))
    facts.arrive(9, queue_id=1, at=at("10:21:00"), department_id=99)
    with pytest.raises(BuildError, match="not_null_activities_department"):
        publish(own_morning)
    assert _activities(own_morning) == 8


def test_whole_run_works_on_postgresql_with_its_catalog_there(
    postgresql_settings: Settings, new_postgres_database: NewDatabase
) -> None:
    settings = replace(postgresql_settings, reports_catalog_url=new_postgres_database())
    play_morning(settings)
    publish(settings)
    assert differences(settings) == {}
    assert _activities(settings) == 8
    with open_door(settings) as door:
        answered = door.ask("select sum(answered) from queue_intervals where queue = 'Refunds'")
        assert answered.fetchall() == [(4,)]
    with (
        writing(settings, holder="the first"),
        pytest.raises(TryAgainError, match="written by lodge: the first"),
        writing(settings, holder="the second"),
    ):
        pass


def test_stores_open_in_the_same_process_stop_a_load(own_morning: Settings) -> None:
    stores = open_stores(own_morning)
    with stores.active.read(), pytest.raises(MistakeError, match="open in this process"):
        run(own_morning, now=NOW, run_name="test")
    stores.close()


def test_second_writer_is_told_who_holds_the_store(sqlite_settings: Settings) -> None:
    with (
        writing(sqlite_settings, holder="the first"),
        pytest.raises(TryAgainError, match=r"written by the first \(process \d+\)"),
        writing(sqlite_settings, holder="the second"),
    ):
        pass
    with writing(sqlite_settings, holder="the third"):
        pass


def test_verb_refuses_an_asset_that_there_is_not(morning: Settings) -> None:
    done = CliRunner().invoke(
        pipelines, ["run", "queue_interval"], obj=Invocation(morning.home), catch_exceptions=True
    )
    assert done.exception
    assert "did you mean 'queue_intervals'?" in str(done.exception)
    assert exit_code_of(done.exception, is_debugging=False) == 1


def _activities(settings: Settings) -> int:
    with open_door(settings) as door:
        row = door.ask("select count(*) from activities").fetchone()
    assert row
    return int(row[0])


def _poll(settings: Settings, stop: Event, seen: set[int], faults: list[str]) -> None:
    while not stop.is_set():
        try:
            with open_door(settings) as door:
                row = door.ask(
                    "select (select count(*) from activities), "
                    "(select count(*) from active.activities), "
                    "(select count(*) from active.activity_events "
                    "where type_code = 'activity_created')"
                ).fetchone()
            if row is None or len(set(row)) != 1:
                faults.append(f"half a publication: {row}")
            else:
                seen.add(int(row[0]))
        except Exception as error:
            faults.append(repr(error))
        time.sleep(0.05)
