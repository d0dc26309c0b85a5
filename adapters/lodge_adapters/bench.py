"""`lodge bench links`: an answer from PostgreSQL as XML, beside bare psycopg and lxml's xmlfile;
and a kept answer, beside the same bytes given to everybody by the same application and by bare
uvicorn.

Needs wrk on PATH, and LODGE_BENCH_POSTGRES_URL, a database in which the table bench_orders may be
made. What is measured of ours is the web application as it runs: CPU and memory of its process.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg

from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import SetUpError
from lodge_platform.identity import Action, SignedIn, create_user, make_key, seed_roles
from lodge_platform.lodge import Lodge, open_lodge
from lodge_platform.measuring import (
    beside,
    cpu_seconds,
    free_port,
    peak_megabytes,
    require_wrk,
    running,
)
from lodge_platform.schema.master import Department
from lodge_platform.settings import load
from lodge_platform.stores import migrate

_MOST = 1_000_000
_SMALL = 10_000
_TIMES = 20
_LINK = """
title: Orders
term: Orders made for a measurement.
parameters:
  - {{name: rows, type: integer, required: true, term: How many.}}
access:
  sql:
    url: {url}
    select: >
      select order_id, customer, city, total, is_paid, ordered_at from bench_orders limit :rows
allowed: ["0.0.0.0/0", "::/0", localhost]
limits: {{rows: 10000000, bytes: 10000000000, seconds: 300}}
cache: {{seconds: {seconds}}}
callers: {{roles: [integrator]}}
answer:
  root: orders
  row: order
  fields:
    - {{name: number, from: order_id, type: integer, required: true, attribute: true, term: Key.}}
    - {{name: customer, required: true, term: Name.}}
    - {{name: city, term: Town.}}
    - {{name: total, type: decimal, term: Sum.}}
    - {{name: is_paid, type: boolean, term: Whether it was paid.}}
    - {{name: ordered_at, type: instant, term: When.}}
"""
_FILL = """
insert into bench_orders
select n, case when n %% 50 = 0 then 'Brown & Sons ' else 'Customer ' end || n,
    'Leeds', (n %% 100000) / 100.0, n %% 2 = 0,
    timestamptz '2026-01-01 00:00:00+00' + n * interval '1 s'
from generate_series(1, %s) n
"""
_SERVE = """
from lodge_platform.lodge import open_lodge
from lodge_platform.settings import load
from lodge_platform.web.serve import serve
serve(open_lodge(load()))
"""


def bench_links() -> Iterator[dict[str, Any]]:
    """An answer of 10,000 rows, one of 1,000,000, and a kept one."""
    require_wrk("lodge bench links")
    url = os.environ.get("LODGE_BENCH_POSTGRES_URL", "")
    if not url:
        raise SetUpError("lodge bench links needs LODGE_BENCH_POSTGRES_URL, a database to fill")
    url = url.replace("+psycopg", "")
    with _orders(url), tempfile.TemporaryDirectory(prefix="lodge-bench-") as name:
        folder = Path(name)
        port = free_port()
        here = {
            "LODGE_HOME": str(folder / "home"),
            "LODGE_WEB_PORT": str(port),
            "LODGE_API_REQUESTS_A_MINUTE": "0",
        }
        key = _house(folder / "home", here, url)
        with running([sys.executable, "-c", _SERVE], here, port) as process:
            address = f"http://127.0.0.1:{port}/links"
            small = _answered(process.pid, f"{address}/orders?rows={_SMALL}", key, _TIMES)
            yield _beside_rows(_SMALL, small, _peer(url, _SMALL, _TIMES))
            large = _answered(process.pid, f"{address}/orders?rows={_MOST}", key, 1)
            yield _beside_rows(_MOST, large, _peer(url, _MOST, 1)) | {
                "peak_memory_megabytes_with_10000_rows": small["peak_memory_megabytes"],
            }
            yield from _kept(folder, here, f"{address}/kept?rows=1", key)


@contextmanager
def _orders(url: str) -> Generator[None]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table if exists bench_orders")
        connection.execute(
            "create unlogged table bench_orders (order_id bigint, customer text, city text, "
            "total numeric(10, 2), is_paid boolean, ordered_at timestamptz)"
        )
        connection.execute(_FILL, (_MOST,))
        connection.execute("vacuum analyze bench_orders")
        yield
        connection.execute("drop table bench_orders")


def _house(home: Path, environ: dict[str, str], url: str) -> str:
    """A home with an integrator and two links; the integrator's key."""
    (home / "links").mkdir(parents=True)
    for name, seconds in (("orders", 0), ("kept", 3600)):
        text = _LINK.format(url=url, seconds=seconds)
        (home / "links" / f"{name}.yaml").write_text(text, "utf-8")
    lodge = open_lodge(load(home, environ))
    for store in (lodge.stores.master, lodge.stores.active):
        migrate(store)
    key = _key(lodge)
    lodge.close()
    return key


def _key(lodge: Lodge) -> str:
    now = utc_now()
    with change_configuration(lodge.stores.master, by="bench", now=now) as session:
        seed_roles(session)
        department = Department(name="Measured")
        session.add(department)
        session.flush()
        department_id = department.department_id
    user_id = create_user(
        lodge,
        "integrator",
        display_name="Integrator",
        department_id=department_id,
        password=None,
        roles=("integrator",),
        by="bench",
        now=now,
    )
    actions = frozenset(action for action in Action if action not in (Action.PUBLIC,))
    reader = SignedIn(0, user_id, "integrator", "", department_id, {department_id: actions})
    return make_key(
        lodge,
        reader,
        name="bench",
        actions=[Action.LINK_ASK.value],
        department_ids=None,
        expires_at=now + timedelta(days=1),
        now=now,
    ).key


def _answered(pid: int, address: str, key: str, times: int) -> dict[str, float]:
    """CPU seconds of the server for one answer, the bytes of it, and its peak megabytes by now."""
    headers = {"authorization": f"Bearer {key}"}
    size = 0
    with httpx.Client(headers=headers, timeout=300) as client:
        client.get(f"{address.partition('=')[0]}=1").raise_for_status()  # connected, compiled
        began = cpu_seconds(pid)
        for _ in range(times):
            size, last = 0, b""
            with client.stream("GET", address) as answer:
                answer.raise_for_status()
                for piece in answer.iter_raw():
                    size += len(piece)
                    last = (last + piece)[-200:]
            if b"<end rows=" not in last:
                raise SetUpError(f"{address} was not answered whole: {last[-200:]!r}")
        cpu = (cpu_seconds(pid) - began) / times
    return {"cpu_seconds": cpu, "bytes": size, "peak_memory_megabytes": peak_megabytes(pid)}


def _peer(url: str, rows: int, times: int) -> dict[str, float]:
    command = [sys.executable, "-m", "lodge_adapters.bench_peer", "rows", url]
    command += [str(rows), str(times)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return json.loads(done.stdout)


def _beside_rows(rows: int, ours: dict[str, float], peer: dict[str, float]) -> dict[str, Any]:
    rate, other = rows / ours["cpu_seconds"], rows / peer["cpu_seconds"]
    return {
        "work": f"{rows} rows of PostgreSQL as XML over HTTP, contract checked",
        "rate": round(rate),
        "unit": "rows per CPU second",
        "cpu_seconds": round(ours["cpu_seconds"], 3),
        "bytes": ours["bytes"],
        "peer": "bare psycopg into lxml's xmlfile, nothing checked, nothing sent",
        "peer_rate": round(other),
        "peer_cpu_seconds": round(peer["cpu_seconds"], 3),
        "peer_bytes": peer["bytes"],
        "ratio": round(rate / other, 3),
        "peak_memory_megabytes": ours["peak_memory_megabytes"],
        "peer_peak_memory_megabytes": peer["peak_memory_megabytes"],
    }


def _kept(
    folder: Path, environ: dict[str, str], address: str, key: str
) -> Iterator[dict[str, Any]]:
    """The same bytes from our own application without a question, and from bare uvicorn."""
    answer = httpx.get(address, headers={"authorization": f"Bearer {key}"})
    file = folder / "answer.xml"
    file.write_bytes(answer.raise_for_status().content)
    program = [sys.executable, "-m", "lodge_adapters.bench_peer"]
    peers = {
        "the same bytes given to everybody by the same application": ["own", str(file)],
        "bare uvicorn giving the same bytes": ["static", "", str(file)],
    }
    for peer, words in peers.items():
        port = free_port()
        given = [word or str(port) for word in words]
        with running([*program, *given], environ | {"LODGE_WEB_PORT": str(port)}, port):
            yield beside(
                f"a kept answer of {len(answer.content)} bytes",
                address,
                f"http://127.0.0.1:{port}/bare/",
                key=key,
                peer=peer,
            )
