"""A sender in a process of its own, at work until it is killed."""

import os
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from lodge_core.webhooks.sender import WebhookSender
from lodge_platform.clock import utc_now
from lodge_platform.lodge import open_lodge
from lodge_platform.outgoing import Limits
from lodge_platform.settings import load


def send_for_ever(home: str, environ: Mapping[str, str]) -> None:
    """Tick on the real clock; a request lasts a second at most, patience a little longer."""
    lodge = open_lodge(load(Path(home), environ))
    sender = WebhookSender(
        lodge,
        by=f"sender:{os.getpid()}",
        limits=Limits(connect_seconds=0.5, read_seconds=0.5, total_seconds=1.0),
        patience=timedelta(seconds=1.5),
    )
    while True:
        time.sleep(sender.tick(utc_now()).wait_seconds / 10)
