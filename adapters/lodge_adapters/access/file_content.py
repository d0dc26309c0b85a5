"""Where a link's file is, and its bytes: read as they are wanted, no more than the link's limit."""

import errno
import io
import os
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, cast

from lodge_adapters.access.http_client import Asked, Service
from lodge_adapters.access.http_content import ACCEPT, Budget, content_of
from lodge_adapters.access.source import BrokenSourceError, Context, TooLargeError
from lodge_adapters.language import File, Link
from lodge_platform.errors import NotFoundError, RefusedError, SetUpError, TryAgainError
from lodge_platform.files import FileServer
from lodge_platform.outgoing import Resolve, parse_allowed

if TYPE_CHECKING:
    from typing_extensions import Buffer

_IN_MEMORY = 16 * 1024 * 1024
_PIECE = 64 * 1024
_SHOWN = 12


class LocalFile:
    """A file below the first of `bases` that has it; links to elsewhere are not followed."""

    def __init__(self, path: str, bases: Sequence[Path]) -> None:
        said = Path(path)
        if not path or said.is_absolute() or ".." in said.parts or "\x00" in path:
            raise SetUpError(
                f"the path {path[:100]!r} leads elsewhere; allowed: one below `link-files` of the "
                "home, or below the link's own folder"
            )
        self._path = said
        self._bases = bases
        self.place = f"file:{said.name}"

    @contextmanager
    def opened(self, context: Context) -> Generator[IO[bytes]]:
        """The file, open. At the end TryAgainError is raised where it changed meanwhile."""
        descriptor = self._descriptor()
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            os.close(descriptor)
            raise SetUpError(f"{self.place}: that is no file; give the path of one")
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            if before.st_size > context.link.limits.bytes:
                raise _too_large(self.place, context)
            try:
                yield cast("IO[bytes]", io.BufferedReader(_Watched(file, context, self.place)))
            except BrokenSourceError:
                self._refuse_changed(file, before)
                raise
            self._refuse_changed(file, before)

    def close(self) -> None:
        """Nothing is held between calls."""

    def _descriptor(self) -> int:
        for base in self._bases:
            path = base / self._path
            try:
                real = path.resolve(strict=True)
                if not real.is_relative_to(base.resolve()):
                    raise SetUpError(f"{self.place}: it is a link that leads out of {base.name}")
                # Not blocking: a pipe in place of a file must not hold up the call.
                return os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
                code = getattr(error, "errno", errno.ELOOP) or 0
                raise SetUpError(f"{self.place} cannot be read: {os.strerror(code)}") from error
        raise TryAgainError(
            f"{self.place} is not there; it belongs below `link-files` of the home or beside the "
            "link"
        )

    def _refuse_changed(self, file: IO[bytes], before: os.stat_result) -> None:
        now = os.fstat(file.fileno())
        if (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size):
            raise TryAgainError(f"{self.place} changed while it was read")


class KeptFile:
    """A file of the file server, by its SHA-256."""

    def __init__(self, files: FileServer, key: str) -> None:
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise SetUpError(f"the key {key[:80]!r} is no SHA-256 in 64 hexadecimal digits")
        self._files = files
        self._key = key
        self.place = f"file:{key[:_SHOWN]}"

    @contextmanager
    def opened(self, context: Context) -> Generator[IO[bytes]]:
        """Its bytes. Raises TryAgainError where there are none."""
        try:
            content = self._files.get(self._key)
        except NotFoundError as error:
            raise TryAgainError(f"{self.place} is not there: {error}") from error
        if len(content) > context.link.limits.bytes:
            raise _too_large(self.place, context)
        yield cast("IO[bytes]", io.BufferedReader(_Watched(io.BytesIO(content), context, "")))

    def close(self) -> None:
        """Nothing is held between calls."""


class FetchedFile:
    """A file at a URL, by the guarded client; it is whole before its first row is read."""

    def __init__(self, link: Link, file: File, url: str, resolve: Resolve) -> None:
        self._url = url
        self._format = file.format
        try:
            self._service = Service(
                url,
                file.authentication,
                allowed_here=parse_allowed(",".join(link.allowed)),
                at_once=link.limits.at_once,
                resolve=resolve,
            )
        except RefusedError as error:
            raise SetUpError(str(error)) from error
        self.place = self._service.place

    @contextmanager
    def opened(self, context: Context) -> Generator[IO[bytes]]:
        """Its bytes, in memory or a temporary file. Raises as HttpSource does."""
        asked = Asked("GET", self._url, common={"accept": ACCEPT[self._format]})
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as kept:
            with self._service.answer(asked, context) as response:
                if response.status_code == HTTPStatus.NO_CONTENT:
                    raise BrokenSourceError(f"{self.place}: expected a file, found nothing")
                budget = Budget(context)
                content = content_of(
                    response, self._format, context, where=self.place, budget=budget
                )
                while piece := content.read(_PIECE):
                    kept.write(piece)
            kept.seek(0)
            yield cast("IO[bytes]", kept)

    def close(self) -> None:
        """Give back connections."""
        self._service.close()


def _too_large(place: str, context: Context) -> TooLargeError:
    return TooLargeError(f"{place} is larger than {context.link.limits.bytes} bytes")


class _Watched(io.RawIOBase):
    """A file that ends with the call's time, and with its limit of bytes where it grows."""

    def __init__(self, file: IO[bytes], context: Context, place: str) -> None:
        self._file = file
        self._context = context
        self._place = place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: "Buffer", /) -> int:
        self._context.left()
        into = memoryview(buffer).cast("B")
        piece = self._file.read(len(into))
        into[: len(piece)] = piece
        if self._file.tell() > self._context.link.limits.bytes:
            raise _too_large(self._place, self._context)
        return len(piece)
