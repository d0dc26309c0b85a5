"""`lodge bench api`: reading by HTTP with rights applied, beside bare Starlette asking the same.

Needs wrk on PATH. The active store is SQLite, and PostgreSQL as well where
LODGE_BENCH_POSTGRES_URL names a database that may be filled; master is SQLite in the same way, or
LODGE_BENCH_POSTGRES_MASTER_URL.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lodge_core.api.bench_house import KEYS, ListenedTo, fill, listen_as_consoles
from lodge_core.api.bench_plan import peer_plan
from lodge_platform.lodge import open_lodge
from lodge_platform.measuring import beside, free_port, peak_megabytes, require_wrk, running
from lodge_platform.settings import load

CONSOLES = 200
_ONE = KEYS // 2 + 1  # one of the asker's department


def bench_api() -> Iterator[dict[str, Any]]:
    """By key and by pages of 50, on each store there is; then 200 consoles at once."""
    require_wrk("lodge bench api")
    environs: dict[str, dict[str, str]] = {"sqlite": {}}
    if postgres := os.environ.get("LODGE_BENCH_POSTGRES_URL"):
        environs["postgresql"] = {"LODGE_ACTIVE_URL": postgres}
        if master := os.environ.get("LODGE_BENCH_POSTGRES_MASTER_URL"):
            environs["postgresql"]["LODGE_MASTER_URL"] = master
    for engine, environ in environs.items():
        with tempfile.TemporaryDirectory(prefix="lodge-bench-") as folder:
            yield from _measure(Path(folder), engine, environ)


def _measure(folder: Path, engine: str, environ: dict[str, str]) -> Iterator[dict[str, Any]]:
    port, peer_port = free_port(), free_port()
    here = environ | {
        "LODGE_HOME": str(folder),
        "LODGE_WEB_PORT": str(port),
        "LODGE_API_REQUESTS_A_MINUTE": "0",
    }
    lodge = open_lodge(load(folder, here))
    house = fill(lodge)
    plan = folder / "peer.json"
    plan.write_text(json.dumps(peer_plan(lodge, house.reader, port=peer_port)), "utf-8")
    lodge.close()
    serving = "from lodge_platform.web.serve import serve\n" + _OPEN
    with (
        running([sys.executable, "-c", serving], here, port) as process,
        running([sys.executable, "-m", "lodge_core.api.bench_peer", str(plan)], here, peer_port),
    ):
        paths = {
            "by key": (f"/api/v1/activities/{_ONE}", f"/things/{_ONE}"),
            "page of 50": ("/api/v1/activities?limit=50", "/things"),
        }
        for name, (ours, theirs) in paths.items():
            yield beside(
                f"activities {name}, {KEYS} rows, {engine}",
                f"http://127.0.0.1:{port}{ours}",
                f"http://127.0.0.1:{peer_port}{theirs}",
                key=house.key,
                peer="bare Starlette, same query, same run",
            ) | {"peak_memory_megabytes": peak_megabytes(process.pid)}
        yield _consoles(listen_as_consoles(folder, here, port, house, CONSOLES), engine, process)


_OPEN = """
from lodge_platform.lodge import open_lodge
from lodge_platform.measuring import beside, free_port, peak_megabytes, require_wrk, running
from lodge_platform.settings import load
serve(open_lodge(load()))
"""


def _consoles(told: ListenedTo, engine: str, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    return {
        "work": f"{told.consoles} consoles live, each told of changes, {engine}",
        "rate": round(told.told / told.seconds, 1),
        "unit": "changes told/s",
        "told_of_expected": f"{told.told} of {told.expected}",
        "p99_seconds_until_told": told.p99_seconds,
        "peer": "changes made",
        "peer_rate": round(told.expected / told.seconds, 1),
        "ratio": round(told.told / told.expected, 3),
        "peak_memory_megabytes": peak_megabytes(process.pid),
    }
