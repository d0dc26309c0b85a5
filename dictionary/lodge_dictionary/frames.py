"""Messages between the API and the processes that answer queries: a length, then the bytes."""

import struct
from typing import IO

_LENGTH = struct.Struct(">Q")


def write_frame(to: IO[bytes], content: bytes) -> None:
    """Send one message. Raises BrokenPipeError when the other side has gone."""
    to.write(_LENGTH.pack(len(content)))
    to.write(content)
    to.flush()


def read_frame(given: IO[bytes]) -> bytes | None:
    """The next message, None when the other side has ended."""
    head = given.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    content = given.read(length)
    return content if len(content) == length else None
