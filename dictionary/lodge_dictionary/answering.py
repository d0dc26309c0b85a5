"""Queries answered in a process of their own, one after another: `python -m
lodge_dictionary.answering`.

Each comes on stdin as one message, `Asked`; its answer goes to stdout as two, `Told` and the rows
in their form. Whatever a query does to memory or time, it does it here, and the process can be
ended at any moment. It ends by itself when nobody asks any more.
"""

import io
import select
import sys
from typing import BinaryIO

import msgspec

from lodge_dictionary.asked import KINDS, Asked, Told, decoded
from lodge_dictionary.door import open_door
from lodge_dictionary.forms import as_csv, as_json, as_parquet
from lodge_dictionary.frames import read_frame, write_frame
from lodge_platform.errors import LodgeError

IDLE_SECONDS = 300


def answer(asked: Asked) -> tuple[Told, bytes]:
    """The rows in their form. Raises what the door raises."""
    with open_door(
        asked.settings,
        as_of=asked.as_of,
        reader=asked.reader,
        now=asked.now,
        address=asked.address,
        is_export=asked.form != "json",
    ) as door:
        write = {"json": as_json, "csv": as_csv, "parquet": as_parquet}[asked.form]
        result = door.ask(asked.query, seconds=asked.seconds)
        written = io.BytesIO()
        count = write(
            result,
            written,
            published=door.published,
            most_rows=asked.most_rows,
            most_bytes=asked.most_bytes,
        )
        door.note_rows(count)
        return Told(row_count=count, landed_at=door.published.landed_at), written.getvalue()


def main(given: BinaryIO, taken: BinaryIO) -> None:
    """Answer until nobody asks; what was refused is told, a mistake ends the process."""
    while (content := _next(given)) is not None:
        try:
            told, rows = answer(decoded(content))
        except LodgeError as error:
            kind = next((name for name, one in KINDS.items() if type(error) is one), "")
            if not kind:
                raise
            told, rows = Told(kind=kind, error=str(error)), b""
        write_frame(taken, msgspec.json.encode(told))
        write_frame(taken, rows)


def _next(given: BinaryIO) -> bytes | None:
    ready, _, _ = select.select([given], [], [], IDLE_SECONDS)
    return read_frame(given) if ready else None


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
