"""`lodge bench api`: reading by HTTP with rights applied, beside bare Starlette asking the same.

Needs wrk on PATH. The active store is SQLite, and PostgreSQL as well where
LODGE_BENCH_POSTGRES_URL names a database that may be filled; master is SQLite in the same way, or
LODGE_BENCH_POSTGRES_MASTER_URL.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from lodge_core.api.bench_house import KEYS, ListenedTo, fill, listen_as_consoles
from lodge_core.api.bench_plan import peer_plan
from lodge_platform.errors import SetUpError
from lodge_platform.lodge import open_lodge
from lodge_platform.settings import load

SECONDS = int(os.environ.get("LODGE_BENCH_SECONDS", "6"))
ROUNDS = 3
CONNECTIONS = 32
CONSOLES = 200
_ONE = KEYS // 2 + 1  # one of the asker's department
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class _Load:
    rate: float
    p99_milliseconds: float


def bench_api() -> Iterator[dict[str, Any]]:
    """By key and by pages of 50, on each store there is; then 200 consoles at once."""
    if shutil.which("wrk") is None:
        raise SetUpError("lodge bench api needs the program wrk (Debian: apt-get install wrk)")
    environs: dict[str, dict[str, str]] = {"sqlite": {}}
    if postgres := os.environ.get("LODGE_BENCH_POSTGRES_URL"):
        environs["postgresql"] = {"LODGE_ACTIVE_URL": postgres}
        if master := os.environ.get("LODGE_BENCH_POSTGRES_MASTER_URL"):
            environs["postgresql"]["LODGE_MASTER_URL"] = master
    for engine, environ in environs.items():
        with tempfile.TemporaryDirectory(prefix="lodge-bench-") as folder:
            yield from _measure(Path(folder), engine, environ)


def _measure(folder: Path, engine: str, environ: dict[str, str]) -> Iterator[dict[str, Any]]:
    port, peer_port = _free_port(), _free_port()
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
        _running([sys.executable, "-c", serving], here, port) as process,
        _running([sys.executable, "-m", "lodge_core.api.bench_peer", str(plan)], here, peer_port),
    ):
        paths = {
            "by key": (f"/api/v1/activities/{_ONE}", f"/things/{_ONE}"),
            "page of 50": ("/api/v1/activities?limit=50", "/things"),
        }
        for name, (ours, theirs) in paths.items():
            yield _beside(
                f"activities {name}, {KEYS} rows, {engine}",
                f"http://127.0.0.1:{port}{ours}",
                f"http://127.0.0.1:{peer_port}{theirs}",
                house.key,
            ) | {"peak_memory_megabytes": _memory(process.pid)}
        yield _consoles(listen_as_consoles(folder, here, port, house, CONSOLES), engine, process)


_OPEN = """
from lodge_platform.lodge import open_lodge
from lodge_platform.settings import load
serve(open_lodge(load()))
"""


def _beside(work: str, ours: str, theirs: str, key: str) -> dict[str, Any]:
    """Rounds in turn, the best of each: machines are noisy."""
    for address in (ours, theirs):
        _load(address, key, 1)  # connections opened, queries compiled
    mine: list[_Load] = []
    peers: list[_Load] = []
    for _ in range(ROUNDS):
        mine.append(_load(ours, key, SECONDS))
        peers.append(_load(theirs, key, SECONDS))
    best = max(mine, key=lambda load: load.rate)
    peer = max(peers, key=lambda load: load.rate)
    return {
        "work": f"GET {work}, {CONNECTIONS} connections, rights applied",
        "rate": best.rate,
        "unit": "requests/s",
        "p99_milliseconds": best.p99_milliseconds,
        "peer": "bare Starlette, same query, same run",
        "peer_rate": peer.rate,
        "peer_p99_milliseconds": peer.p99_milliseconds,
        "ratio": round(best.rate / peer.rate, 3),
    }


def _load(address: str, key: str, seconds: int) -> _Load:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    command += ["-H", f"Authorization: Bearer {key}", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - fixed arguments
    if bad := _BAD.search(said):
        raise SetUpError(f"{address} under load: {bad[0]}")
    rate, p99 = _RATE.search(said), _P99.search(said)
    if rate is None or p99 is None:
        raise SetUpError(f"wrk said something else than a rate: {said}")
    return _Load(float(rate[1]), round(float(p99[1]) * _UNITS[p99[2]], 2))


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
        "peak_memory_megabytes": _memory(process.pid),
    }


@contextmanager
def _running(
    command: list[str], environ: dict[str, str], port: int
) -> Generator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=os.environ | environ)  # noqa: S603 - our own programs
    try:
        _wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise SetUpError(f"nothing answers on port {port}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _memory(pid: int) -> float:
    """Most memory the process ever had, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text("utf-8"))
    return round(int(found[1]) / 1024, 1) if found else 0.0
