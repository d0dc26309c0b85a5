"""The NATS server as a program, for tests that start and stop one."""

import shutil

import pytest

from fixtures.missing import missing


@pytest.fixture(scope="session")
def nats_program() -> str:
    """Path of nats-server."""
    return shutil.which("nats-server") or missing("nats-server", "it is not on PATH")
