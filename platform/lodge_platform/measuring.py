"""What benchmarks share: programs run for a while, load by wrk, CPU and memory of a process."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from lodge_platform.errors import SetUpError

SECONDS = int(os.environ.get("LODGE_BENCH_SECONDS", "6"))
CONNECTIONS = 32
_ROUNDS = 3
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """Requests a second, and the milliseconds within which 99 % of them were answered."""

    rate: float
    p99_milliseconds: float


def require_wrk(name: str) -> None:
    """Raise SetUpError where wrk is missing."""
    if shutil.which("wrk") is None:
        raise SetUpError(f"{name} needs the program wrk (Debian: apt-get install wrk)")


def beside(work: str, ours: str, theirs: str, *, key: str, peer: str) -> dict[str, Any]:
    """One measurement: our address and a peer's under the same load in turn, the best round of
    each, as machines are noisy."""
    for address in (ours, theirs):
        load_of(address, key, 1)  # connections opened, queries compiled
    mine: list[Load] = []
    peers: list[Load] = []
    for _ in range(_ROUNDS):
        mine.append(load_of(ours, key, SECONDS))
        peers.append(load_of(theirs, key, SECONDS))
    best = max(mine, key=lambda load: load.rate)
    other = max(peers, key=lambda load: load.rate)
    return {
        "work": f"GET {work}, {CONNECTIONS} connections, rights applied",
        "rate": best.rate,
        "unit": "requests/s",
        "p99_milliseconds": best.p99_milliseconds,
        "peer": peer,
        "peer_rate": other.rate,
        "peer_p99_milliseconds": other.p99_milliseconds,
        "ratio": round(best.rate / other.rate, 3),
    }


def load_of(address: str, key: str, seconds: int) -> Load:
    """What wrk measures. Raises SetUpError when an answer was no success."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    command += ["-H", f"Authorization: Bearer {key}", address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - fixed arguments
    if bad := _BAD.search(said):
        raise SetUpError(f"{address} under load: {bad[0]}")
    rate, p99 = _RATE.search(said), _P99.search(said)
    if rate is None or p99 is None:
        raise SetUpError(f"wrk said something else than a rate: {said}")
    return Load(float(rate[1]), round(float(p99[1]) * _UNITS[p99[2]], 2))


@contextmanager
def running(
    command: Sequence[str], environ: Mapping[str, str], port: int
) -> Generator[subprocess.Popen[bytes]]:
    """A program from when it answers on `port` to the end of the block."""
    process = subprocess.Popen(command, env=os.environ | environ)  # noqa: S603 - our own programs
    try:
        _wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def peak_megabytes(pid: int) -> float:
    """Most memory the process ever had, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text("utf-8"))
    return round(int(found[1]) / 1024, 1) if found else 0.0


def cpu_seconds(pid: int) -> float:
    """CPU the process has used, its own and the system's for it, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
