"""Does in a process of its own what may hang or take all memory: XSLT, and reading workbooks.

    python -m lodge_adapters.documents.worker DESCRIPTOR

Over the descriptor, again and again: a job as JSON (`kind`, `seconds` and what the kind wants),
then a document; back come a JSON object (`error`, None where all is well, and `fault`) and the
result. It ends with its parent, and when a job takes longer than it may. Little is imported, so
that it starts fast.
"""

import contextlib
import faulthandler
import json
import os
import resource
import sys
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from lodge_adapters.documents.faults import FaultError

MEMORY_BYTES = 1024 * 1024 * 1024
_SPARE_SECONDS = 1.0
_KINDS = {
    "transform": "lodge_adapters.documents.xslt_worker",
    "sheet": "lodge_adapters.documents.sheet_worker",
}


def answer(job: Mapping[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """What goes back for a job."""
    kind: str = job["kind"]
    try:
        return {"error": None}, getattr(import_module(_KINDS[kind]), kind)(job, content)
    except FaultError as error:
        return {"error": str(error), "fault": error.fault}, b""
    except MemoryError:
        return {"error": "it needs more memory than it may have", "fault": "size"}, b""
    except Exception as error:  # a library that trips over a broken document
        return {"error": f"reading it fails with {type(error).__name__}", "fault": "document"}, b""


def main(descriptor: int) -> None:
    """Serve until the other end closes."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    connection: Connection[bytes, bytes] = Connection(descriptor)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(EOFError, OSError):
        while True:
            job: dict[str, Any] = json.loads(connection.recv_bytes())
            content = connection.recv_bytes()
            # Ends this process even where a library never comes back and the parent is gone.
            seconds: float = job["seconds"] + _SPARE_SECONDS
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            said, result = answer(job, content)
            faulthandler.cancel_dump_traceback_later()
            connection.send_bytes(json.dumps(said).encode())
            connection.send_bytes(result)


if __name__ == "__main__":
    main(int(sys.argv[1]))
