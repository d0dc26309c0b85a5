"""The peers of `lodge bench links`, each in a process of its own.

python -m lodge_adapters.bench_peer rows URL ROWS TIMES   bare psycopg into lxml's xmlfile
python -m lodge_adapters.bench_peer static PORT FILE      uvicorn answering the file's bytes
"""

import json
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

QUERY = "select order_id, customer, city, total, is_paid, ordered_at from bench_orders limit %s"
NAMES = ("number", "customer", "city", "total", "is_paid", "ordered_at")


class _Nowhere:
    """Counts what is written."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, content: bytes) -> int:
        self.size += len(content)
        return len(content)


def write_rows(url: str, rows: int, times: int) -> dict[str, float]:
    """CPU seconds of one answer, the bytes of it, and peak megabytes."""
    import psycopg
    from lxml import etree

    began = time.process_time()
    size = 0
    with psycopg.connect(url) as connection:
        for _ in range(times):
            sink = _Nowhere()
            with connection.cursor("rows") as cursor, etree.xmlfile(sink, encoding="utf-8") as file:  # pyright: ignore[reportArgumentType]
                cursor.itersize = 1000
                cursor.execute(QUERY, (rows,))
                with file.element("orders"):
                    for row in cursor:
                        with file.element("order", number=str(row[0])):
                            for name, value in zip(NAMES[1:], row[1:], strict=True):
                                with file.element(name):
                                    file.write(str(value))
            size = sink.size
    cpu = (time.process_time() - began) / times
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_seconds": cpu, "bytes": size, "peak_memory_megabytes": round(peak, 1)}


def answering(content: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> Any:
    """An application that gives everybody `content`."""
    length = b"%d" % len(content)
    said = [*headers, (b"content-type", b"application/xml"), (b"content-length", length)]

    async def answer(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": said})
            await send({"type": "http.response.body", "body": content})

    return answer


def serve_bytes(port: int, content: bytes) -> None:
    """Answer every request with `content`, as uvicorn does it best."""
    import uvicorn

    options: Any = {"log_config": None, "access_log": False, "lifespan": "off"}
    uvicorn.run(answering(content), host="127.0.0.1", port=port, server_header=False, **options)


def serve_own(content: bytes) -> None:
    """Answer with `content` from a doorway of our application, its headers with it."""
    from threading import Event

    from lodge_platform.api.doorways import Doorway
    from lodge_platform.identity.actions import Action
    from lodge_platform.lodge import open_lodge
    from lodge_platform.settings import load
    from lodge_platform.web.assembly import create_application
    from lodge_platform.web.headers import api_headers
    from lodge_platform.web.serve import run

    answer = answering(content, api_headers(is_https=False).items())
    answer.close = lambda: None
    bare = Doorway("/bare", (("GET", "/bare/", Action.PUBLIC),), lambda _lodge, _admit: answer)
    lodge = open_lodge(load())
    run(lodge, Event(), application=create_application(lodge, doorways=[bare]))


if __name__ == "__main__":
    if sys.argv[1] == "static":
        serve_bytes(int(sys.argv[2]), Path(sys.argv[3]).read_bytes())
    elif sys.argv[1] == "own":
        serve_own(Path(sys.argv[2]).read_bytes())
    else:
        print(json.dumps(write_rows(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
