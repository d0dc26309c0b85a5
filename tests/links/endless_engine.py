"""The workflow engine in a process of its own, to be killed."""

from pathlib import Path
from time import sleep

from lodge_core.workflows.engine import WorkflowEngine
from lodge_platform.clock import utc_now
from lodge_platform.lodge import open_lodge
from lodge_platform.settings import load


def place_for_ever(home: str, environ: dict[str, str]) -> None:
    """Round after round, until somebody ends it."""
    engine = WorkflowEngine(open_lodge(load(Path(home), environ)))
    while True:
        sleep(min(0.05, engine.tick(utc_now()).wait_seconds))
