"""Text files, read whole: UTF-8, not larger than allowed, line ends as they are."""

from pathlib import Path

from lodge_platform.errors import RefusedError


def text_of_file(path: Path, *, most_bytes: int) -> str:
    """The text of the file. Raises RefusedError for what is no file, too large, or not UTF-8."""
    if not path.is_file():
        raise RefusedError(f"{path} is not a file")
    if path.stat().st_size > most_bytes:
        raise RefusedError(f"{path} is larger than {most_bytes} bytes")
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RefusedError(
            f"{path} line {line}: not UTF-8 text: byte 0x{content[error.start]:02x} "
            f"at {error.start}"
        ) from error
