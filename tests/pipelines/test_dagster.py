"""What Dagster knows of the pipeline, and its programs, of which nothing is left at the end."""

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace

import pytest

from fixtures.facts import Facts
from fixtures.published import at
from lodge_dictionary.door import open_door
from lodge_pipelines.moved import newest_changes
from lodge_platform.schema.landed import landed_tables
from lodge_platform.settings import Settings
from lodge_platform.stores import open_stores

_JOB = """
from lodge_pipelines.definitions import defs
result = defs().resolve_job_def("everything").execute_in_process(raise_on_error=False)
print("made", *(e.asset_key.to_user_string() for e in result.get_asset_materialization_events()))
print("bad", *(e.check_name for e in result.get_asset_check_evaluations() if not e.passed))
"""


@pytest.mark.slow
def test_run_of_everything_makes_every_asset_and_passes_every_check(own_morning: Settings) -> None:
    Facts(open_stores(own_morning)).arrive(9, queue_id=1, at=at("10:21:00"))
    done = subprocess.run(
        [sys.executable, "-c", _JOB],
        env={**os.environ, "LODGE_HOME": str(own_morning.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    said = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if line}
    landed = {f"{table.store}/{table.name}" for table in landed_tables()}
    assert landed | {"marts/queue_intervals", "published"} <= set(said["made"])
    assert said["bad"] == []
    with open_door(own_morning) as door:
        assert door.ask("select count(*) from activities").fetchall() == [(9,)]


def test_heartbeats_call_for_no_load_and_work_does(own_morning: Settings) -> None:
    stores = open_stores(own_morning)
    before = newest_changes(stores)
    with stores.master.write() as connection:
        connection.exec_driver_sql(
            "insert into service_instances (service_instance_id, name, process_name, "
            "desired_state, is_automatic, version_no) values (1, 'x', 'x', 'running', 1, 1)"
        )
    between = newest_changes(stores)
    assert between["master"] > before["master"]
    with stores.master.write() as connection:
        connection.exec_driver_sql(
            "insert into service_leases (service_instance_id, fencing_token, expires_at, "
            "heartbeat_at, failures_in_row) values (1, 1, '2026-01-05 09:00:00', "
            "'2026-01-05 09:00:00', 0)"
        )
    assert newest_changes(stores) == between
    Facts(stores).arrive(9, queue_id=1, at=at("10:21:00"))
    assert newest_changes(stores)["active"] > between["active"]


@pytest.mark.slow
def test_service_loads_what_happens_and_leaves_no_process_behind(own_morning: Settings) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        settings = replace(own_morning, dagster_port=probe.getsockname()[1])
    Facts(open_stores(settings)).arrive(9, queue_id=1, at=at("10:21:00"))
    script = (
        "import signal, sys, threading\n"
        "from pathlib import Path\n"
        "from lodge_pipelines.service import run_dagster\n"
        "from lodge_platform.settings import load\n"
        "stop = threading.Event()\n"
        "signal.signal(signal.SIGTERM, lambda *_: stop.set())\n"
        "run_dagster(load(Path(sys.argv[1])), stop)\n"
    )
    environ = {**os.environ, "LODGE_DAGSTER_PORT": str(settings.dagster_port)}
    arguments = [sys.executable, "-c", script, str(settings.home)]
    with subprocess.Popen(arguments, env=environ, start_new_session=True) as service:
        try:
            _wait_for_activities(settings, 9)
            assert len(_group(service.pid)) >= 4
        finally:
            service.terminate()
            service.wait(60)
    assert _group(service.pid) == []


def _group(leader: int) -> list[str]:
    """The processes of a process group, by number."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return [pid for pid, group, state in rows if group == str(leader) and "Z" not in state]


def _wait_for_activities(settings: Settings, count: int) -> None:
    give_up_at = time.monotonic() + 240
    while time.monotonic() < give_up_at:
        with open_door(settings) as door:
            if door.ask("select count(*) from activities").fetchall() == [(count,)]:
                return
        time.sleep(2)
    raise AssertionError(f"{count} activities were not published in time")
