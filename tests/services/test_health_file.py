"""The processes' own word on how they are: on a full disk, after the end, half written."""

import os
from pathlib import Path

from lodge_platform.services.health_file import Health, HealthFile, health_folder, read_health

WELL = Health("router", 1, "running", "2026-01-05T09:00:00+00:00")
FAILING = Health(
    "router", 2, "failing", "2026-01-05T08:00:00+00:00", "full", "2026-01-05T08:00:00+00:00", 3
)


def test_what_was_said_last_is_read(tmp_path: Path) -> None:
    file = HealthFile(tmp_path, "core")
    file.write([FAILING])
    file.write([WELL])
    assert read_health(tmp_path) == [WELL]
    file.close()
    assert read_health(tmp_path) == []


def test_a_thread_that_ends_late_writes_into_no_other_file(tmp_path: Path) -> None:
    """The number of a closed descriptor is given to the next file that is opened."""
    file = HealthFile(tmp_path, "core")
    file.close()
    others = [tmp_path / f"master-{number}.db" for number in range(20)]
    descriptors = [os.open(path, os.O_RDWR | os.O_CREAT) for path in others]
    try:
        file.write([WELL])
        file.close()
        assert [path.stat().st_size for path in others] == [0] * 20
        assert read_health(tmp_path) == []
        assert [os.fstat(descriptor).st_size for descriptor in descriptors] == [0] * 20
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def test_the_file_never_grows_so_that_a_full_disk_cannot_silence_it(tmp_path: Path) -> None:
    file = HealthFile(tmp_path, "core")
    [path] = health_folder(tmp_path).iterdir()
    size = path.stat().st_size
    file.write([WELL] * 100)
    assert path.stat().st_size == size
    file.write([WELL] * 10_000)
    assert path.stat().st_size == size
    assert read_health(tmp_path) == []


def test_of_two_processes_that_speak_of_an_instance_the_failure_is_heard(tmp_path: Path) -> None:
    HealthFile(tmp_path, "core").write([WELL])
    HealthFile(tmp_path, "up").write([FAILING])
    assert read_health(tmp_path) == [FAILING]


def test_a_half_written_file_is_left_out(tmp_path: Path) -> None:
    HealthFile(tmp_path, "core").write([WELL])
    (health_folder(tmp_path) / "web.health").write_text('[{"name": "web", "proc')
    assert read_health(tmp_path) == [WELL]
