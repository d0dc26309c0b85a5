"""A writer in a process of its own, at work until it is killed."""

import os
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from lodge_adapters.writer import LinkWriter
from lodge_platform.clock import utc_now
from lodge_platform.lodge import open_lodge
from lodge_platform.settings import load


def write_for_ever(home: str, environ: Mapping[str, str]) -> None:
    """Tick on the real clock; a try lasts a second at most, patience half of one more."""
    lodge = open_lodge(load(Path(home), environ))
    writer = LinkWriter(lodge, by=f"writer:{os.getpid()}", patience=timedelta(seconds=0.5))
    while True:
        time.sleep(writer.tick(utc_now()).wait_seconds / 10)
