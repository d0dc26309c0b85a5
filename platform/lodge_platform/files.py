"""The file server: bytes kept under their SHA-256 on any fsspec store, written once."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import fsspec  # pyright: ignore[reportMissingTypeStubs]

from lodge_platform.errors import MistakeError, NotFoundError, TryAgainError
from lodge_platform.settings import Settings


def sha256_of(content: bytes) -> str:
    """The name under which `content` is kept: 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


_WRITERS = 8


@dataclass(frozen=True)
class FileServer:
    """Content by hash under `root`; a file is there whole or not at all."""

    filesystem: Any
    root: str

    def put(self, content: bytes) -> str:
        """Keep `content` and give its SHA-256. Keeping the same bytes again is harmless.

        Raises TryAgainError when the store is full or away; nothing half-written is seen.
        """
        name = sha256_of(content)
        path = self._path(name)
        try:
            if self.filesystem.exists(path):
                return name
            folder = path.rsplit("/", 1)[0]
            self.filesystem.makedirs(folder, exist_ok=True)
            part = f"{folder}/.part-{uuid4().hex}"
            self._write(part, content)
            self.filesystem.mv(part, path)
        except OSError as error:
            raise TryAgainError(f"file server {self.root}: {error}") from error
        return name

    def put_many(self, contents: Sequence[bytes]) -> list[str]:
        """Keep each of `contents`, several at a time: what costs is the wait for the disk."""
        if len(contents) < 2:
            return [self.put(content) for content in contents]
        with ThreadPoolExecutor(_WRITERS) as pool:
            return list(pool.map(self.put, contents))

    def get(self, name: str) -> bytes:
        """The bytes kept under `name`. Raises NotFoundError, or MistakeError if they changed."""
        try:
            content: bytes = self.filesystem.cat_file(self._path(name))
        except FileNotFoundError as error:
            raise NotFoundError(f"the file server has nothing under {name}") from error
        except OSError as error:
            raise TryAgainError(f"file server {self.root}: {error}") from error
        if sha256_of(content) != name:
            raise MistakeError(f"the file server's bytes under {name} are not what was kept")
        return content

    def has(self, name: str) -> bool:
        """Whether bytes are kept under `name`."""
        return bool(self.filesystem.exists(self._path(name)))

    def _path(self, name: str) -> str:
        if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            raise NotFoundError(f"{name!r} is not a SHA-256 in hexadecimal digits")
        return f"{self.root}/{name[:2]}/{name}"

    def _write(self, path: str, content: bytes) -> None:
        if "file" not in self._protocols():
            self.filesystem.pipe_file(path, content)
            return
        # The raw mail must outlive a power cut before its ledger line says it is stored.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)

    def _protocols(self) -> tuple[str, ...]:
        protocol = self.filesystem.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def open_files(settings: Settings) -> FileServer:
    """The file server that the settings name."""
    filesystem, root = fsspec.core.url_to_fs(settings.files_url)  # pyright: ignore
    return FileServer(filesystem, str(root).rstrip("/"))  # pyright: ignore
