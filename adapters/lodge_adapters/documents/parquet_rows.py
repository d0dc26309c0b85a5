"""Parquet as rows, a thousand at a time. What Python has no plain value for is text: times and
durations. Instants keep microseconds. Nested things are read as in JSON: dicts, lists, `$.a.b`.
"""

import io
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from lodge_adapters.access.source import Batch, BrokenSourceError, TooLargeError
from lodge_adapters.answers.fields import source_name
from lodge_adapters.documents.batching import batched
from lodge_adapters.documents.bounds import Content, found_instead, pieces
from lodge_adapters.documents.json_fields import JsonFields
from lodge_adapters.documents.parquet_cells import cells_of, parted, texts_in
from lodge_adapters.language import Answer

_ARROW: Any = import_module("pyarrow")  # it has no types
_PARQUET: Any = import_module("pyarrow.parquet")
_BROKEN: tuple[type[Exception], ...] = (
    *(_ARROW.ArrowException, OSError, EOFError),
    *(ValueError, OverflowError),  # text that is no UTF-8, dates beyond the year 9999
)
_ROWS = 1000
_MOST_GROUP_BYTES = 2 * 1024 * 1024 * 1024
_MOST_LISTED = 10_000_000
_MOST_FILE_BYTES = 4 * 1024 * 1024 * 1024
_IN_MEMORY = 16 * 1024 * 1024
_MOST_TEXT = 64 * 1024 * 1024


def parquet_batches(content: Content, answer: Answer, where: str) -> Iterator[Batch]:
    """The rows of a file. A document that cannot be read from anywhere is copied to a temporary
    file first.

    Raises BrokenSourceError for what is no Parquet or is broken, TooLargeError for a group of rows
    that unpacks to more than 2 GiB.
    """
    with _seekable(content, where) as file:
        start = file.read(4)
        file.seek(0)
        if start != b"PAR1":
            raise BrokenSourceError(f"{where}: expected Parquet, found {found_instead(start)}")
        try:
            found = _PARQUET.ParquetFile(
                file,
                pre_buffer=False,
                thrift_string_size_limit=_MOST_TEXT,
                thrift_container_size_limit=1_000_000,
            )
            _refuse_large(found.metadata, where)
            shared = _PARQUET.ParquetFile(
                file,
                metadata=found.metadata,
                pre_buffer=False,
                read_dictionary=texts_in(found.schema),
            )
            yield from _batches(shared, answer, where)
        except _BROKEN as error:
            said = str(error).split("\n", 1)[0][:200]
            raise BrokenSourceError(f"{where}: not readable as Parquet: {said}") from error


def _batches(found: Any, answer: Answer, where: str) -> Iterator[Batch]:
    names: list[str] = found.schema_arrow.names
    # A column that is gone is left out, so that the contract can tell.
    there = [
        each for each in answer.fields if (name := source_name(each))[:1] == "$" or name in names
    ]
    fields = JsonFields(tuple(there))
    if found.metadata.num_rows == 0:
        yield Batch(tuple(names), [])
    is_flat = all(not one.fields and not source_name(one).startswith("$") for one in there)
    for chunk in found.iter_batches(batch_size=_ROWS, use_threads=False):
        columns = [cells_of(column) for column in chunk.columns]
        for rows in parted(list(zip(*columns, strict=True)), where):
            if is_flat:
                yield Batch(tuple(names), rows)
            else:
                picked = (fields.pick(dict(zip(names, row, strict=True))) for row in rows)
                yield from batched(picked, fields.names)


def _refuse_large(metadata: Any, where: str) -> None:
    schema = metadata.schema
    listed = [n for n in range(len(schema)) if schema.column(n).max_repetition_level]
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if any(group.column(place).num_values > _MOST_LISTED for place in listed):
            raise TooLargeError(f"{where}: more than {_MOST_LISTED} values in lists of one group")
        if group.total_byte_size > _MOST_GROUP_BYTES:
            raise TooLargeError(
                f"{where}: a group of rows unpacks to more than {_MOST_GROUP_BYTES} bytes"
            )


@contextmanager
def _seekable(content: Content, where: str) -> Generator[IO[bytes]]:
    if isinstance(content, bytes):
        yield io.BytesIO(content)
    elif content.seekable():
        yield content
    else:
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
            size = 0
            for piece in pieces(content, where):
                size += len(piece)
                if size > _MOST_FILE_BYTES:
                    raise TooLargeError(f"{where}: larger than {_MOST_FILE_BYTES} bytes")
                kept.write(piece)
            kept.seek(0)
            yield cast("IO[bytes]", kept)
