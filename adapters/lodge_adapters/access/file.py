"""Rows from files: below the home's folder `link-files` or beside the link, in the file server, or
fetched by HTTP. Nothing compressed is unpacked, but for workbooks and Parquet, which always are.
"""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, cast

from lodge_adapters.access import recorded as recordings
from lodge_adapters.access.file_content import FetchedFile, KeptFile, LocalFile
from lodge_adapters.access.file_where import Chosen
from lodge_adapters.access.source import Batch, Context, Values
from lodge_adapters.documents.checking import check_paths
from lodge_adapters.documents.reading import batches_of
from lodge_adapters.language import Link
from lodge_platform.errors import MistakeError, SetUpError
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing import Resolve, resolve_by_system


class FileSource:
    """A link's file; see `lodge_adapters.access.source.Source`.

    Raises SetUpError for a path that leads elsewhere, a key that is none, a URL that may not be
    asked, and a JSONPath or XPath that is none.
    """

    def __init__(
        self,
        name: str,
        link: Link,
        lodge: Lodge,
        folder: Path,
        *,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        if link.access.file is None:
            raise MistakeError(f"link {name}: not of the kind file")
        self._link = link
        self._file = link.access.file
        self._folder = folder
        check_paths(link.answer, self._file.format)
        if self._file.url is not None:
            self._kept = FetchedFile(link, self._file, self._file.url, resolve)
        elif self._file.key is not None:
            self._kept = KeptFile(lodge.files, self._file.key)
        else:
            bases = (lodge.settings.home / "link-files", folder)
            self._kept = LocalFile(self._file.path or "", bases)

    @property
    def place(self) -> str:
        """`file:` with the file's name, without folders; for a URL host and port."""
        return self._kept.place

    def batches(self, values: Values, context: Context) -> Iterator[Batch]:
        """The rows whose fields equal the parameters of `where`; none where one is not given.

        Raises TryAgainError for a file that is not there, or that changes while it is read;
        TooLargeError for one of more bytes than the link's limit.
        """
        chosen = Chosen(self._link, self._file.where, values)
        with self._kept.opened(context) as content, _closing(self._read(content, context)) as all:
            is_first = True
            for batch in all:
                context.left()
                found = chosen.of(batch)
                if found.rows or is_first:
                    yield found
                is_first = False

    def record(self, values: Values, context: Context) -> bytes:
        """As `recorded` says: the chosen rows, not the file."""
        return recordings.to_json(recordings.some_of(self.batches(values, context), context))

    def replay(self, recorded: bytes, values: Values, context: Context) -> Iterator[Batch]:
        """The rows of a recording."""
        return recordings.from_json(recorded)

    def write(self, values: Values, key: str, context: Context) -> str:
        """Files of others are only read."""
        raise SetUpError(f"link {context.name!r} writes, but a file is only read")

    def close(self) -> None:
        """Give back connections."""
        self._kept.close()

    def _read(self, content: IO[bytes], context: Context) -> Iterator[Batch]:
        return batches_of(
            content,
            format=self._file.format,
            answer=self._link.answer,
            csv=self._file.csv,
            sheet=self._file.sheet,
            where=self.place,
            folder=self._folder,
            notes=context.notes,
            deadline=context.deadline,
        )


@contextmanager
def _closing(batches: Iterator[Batch]) -> Generator[Iterator[Batch]]:
    with closing(cast("Generator[Batch]", batches)):
        yield batches
