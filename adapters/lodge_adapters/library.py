"""The links of a home: which files there are, what each declares, and what is wrong with it.

Files of the folder `links_folder` go before those that Lodge brings of the same name. A file that
cannot be used is a fault of its own; the others stay in force, with the connections they hold.
"""

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from time import monotonic

import lodge_adapters
from lodge_adapters.access.opening import source_of
from lodge_adapters.access.source import Source
from lodge_adapters.language import Link
from lodge_adapters.library_files import Found, Signature, folder_signature, read_found, scanned
from lodge_platform.clock import utc_now
from lodge_platform.errors import NotFoundError
from lodge_platform.lodge import Lodge
from lodge_platform.outgoing.allowed import Allowed, parse_allowed

_LOG = logging.getLogger(__name__)
_CHECKED_EVERY_SECONDS = 1.0
OWN_FOLDER = Path(lodge_adapters.__file__).parent.parent / "links"
"""The links that Lodge brings; not there where it is installed without its sources."""


class KnownLink:
    """A link in force: what its file says, and its source, made when first asked and then kept."""

    def __init__(self, lodge: Lodge, found: Found, link: Link) -> None:
        self.name = found.name
        self.link = link
        self.version = found.version
        self.folder = found.folder
        self._lodge = lodge
        self._source: Source | None = None
        self._lock = threading.Lock()
        self._calls = 0
        self._is_retired = False

    @cached_property
    def allowed(self) -> Allowed:
        """What of the inside the link may call. Raises SetUpError where the setting is wrong."""
        ours = self._lodge.settings.outgoing_allowed
        return parse_allowed(" ".join((ours, *self.link.allowed)))

    @contextmanager
    def in_use(self) -> Generator[Source]:
        """The source, kept open meanwhile. Raises SetUpError as `source` does."""
        with self._lock:
            self._calls += 1
        try:
            yield self.source()
        finally:
            with self._lock:
                self._calls -= 1
                is_last = self._is_retired and not self._calls
            if is_last:
                self.close()

    def retire(self) -> None:
        """Another version is in force: close as soon as no call runs."""
        with self._lock:
            self._is_retired = True
            is_idle = not self._calls
        if is_idle:
            self.close()

    @property
    def is_open(self) -> bool:
        """Whether the source is made."""
        return self._source is not None

    def source(self) -> Source:
        """The source. Raises SetUpError where its settings, secrets or drivers are missing."""
        found = self._source
        if found is None:
            with self._lock:
                found = self._source
                if found is None:
                    found = source_of(self.name, self.link, self._lodge, self.folder)
                    self._source = found
        return found

    def close(self) -> None:
        """Give back what the source holds; it is made anew when asked again."""
        with self._lock:
            found, self._source = self._source, None
        if found is not None:
            found.close()


@dataclass(frozen=True)
class Fault:
    """A file that cannot be used, and why: line and allowed values."""

    name: str
    version: str
    said: str
    title: str
    kind: str = ""


class Library:
    """The links of one Lodge. `noted` is called with all of them after files were read."""

    def __init__(
        self, lodge: Lodge, noted: Callable[["Library", datetime], None] | None = None
    ) -> None:
        self._lodge = lodge
        self._noted = noted
        self._lock = threading.Lock()
        self._checked_at = -_CHECKED_EVERY_SECONDS
        self._seen: Signature | None = None
        self._trouble = ""
        self._read: dict[Path, tuple[Found, Link | str]] = {}
        self._links: dict[str, KnownLink] = {}
        self._faults: dict[str, Fault] = {}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where link files are looked for, the first that has a name before the others."""
        return Path(self._lodge.settings.links_folder), OWN_FOLDER

    def get(self, name: str) -> KnownLink:
        """The link in force. Raises NotFoundError for one that is not there or has a fault."""
        self._keep_up()
        found = self._links.get(name)
        if found is None or not found.link.active:
            raise NotFoundError(f"no link {name!r}")
        return found

    def is_current(self, known: KnownLink) -> bool:
        """Whether it is what its file says now."""
        self._keep_up()
        return self._links.get(known.name) is known

    def links(self) -> Sequence[KnownLink]:
        """Every link without a fault, switched off ones too, by name."""
        self._keep_up()
        return [self._links[name] for name in sorted(self._links)]

    def faults(self) -> Sequence[Fault]:
        """Every file that cannot be used, by name."""
        self._keep_up()
        return [self._faults[name] for name in sorted(self._faults)]

    def fault(self, name: str) -> Fault | None:
        """What is wrong with that link's file; None when nothing is, or there is none."""
        self._keep_up()
        return self._faults.get(name)

    @property
    def trouble(self) -> str:
        """Which folder cannot be read now, and why; "" where all can."""
        self._keep_up()
        return self._trouble

    def refresh(self) -> None:
        """Look at the files now."""
        with self._lock:
            self._look()

    def close(self) -> None:
        """Give back what the sources hold."""
        with self._lock:
            for known in self._links.values():
                known.close()

    def _keep_up(self) -> None:
        """Look at the files when that is due; while another thread does, the old is in force. The
        first time there is no old, so everybody waits: else a link that is there were not found."""
        if self._seen is not None and not self._is_due():
            return
        if not self._lock.acquire(blocking=self._seen is None):
            return
        try:
            if self._seen is None or self._is_due():
                self._look()
        finally:
            self._lock.release()

    def _is_due(self) -> bool:
        return monotonic() - self._checked_at >= _CHECKED_EVERY_SECONDS

    def _look(self) -> None:
        """What is in force stays so where a folder cannot be read now."""
        self._checked_at = monotonic()
        try:
            seen = folder_signature(self.folders, self._beside())
            files = None if seen == self._seen else dict(self._files())
        except OSError as error:
            if (said := f"{error.filename}: {error.strerror}") != self._trouble:
                _LOG.error("link files cannot be read: %s", said)
            self._trouble = said
            self._seen = self._seen or (("", 0, 0, 0, 0),)
            return
        self._trouble = ""
        if files is None:
            return
        self._take(files)
        self._seen = seen
        if self._noted is not None:
            self._noted(self, utc_now())

    def _beside(self) -> list[Path]:
        return [path for found, _ in self._read.values() for path in found.beside]

    def _files(self) -> Iterator[tuple[str, list[Path]]]:
        """Names with their files, of the first folder that has any."""
        names: set[str] = set()
        for folder in self.folders:
            here = scanned(folder)
            yield from ((name, files) for name, files in here.items() if name not in names)
            names.update(here)

    def _take(self, files: dict[str, list[Path]]) -> None:
        """Put in force what the files say; what did not change is kept as it is."""
        read: dict[Path, tuple[Found, Link | str]] = {}
        links: dict[str, KnownLink] = {}
        faults: dict[str, Fault] = {}
        for name, paths in files.items():
            found, said = read_found(name, paths, known=self._read.get(paths[0]))
            read[paths[0]] = found, said
            if isinstance(said, str):
                faults[name] = Fault(name, found.version, said, name)
                continue
            old = self._links.get(name)
            is_same = old is not None and old.version == found.version
            is_kept = is_same and old is not None and old.folder == found.folder
            links[name] = (
                old if is_kept and old is not None else KnownLink(self._lodge, found, said)
            )
        gone = [old for name, old in self._links.items() if links.get(name) is not old]
        self._read, self._links, self._faults = read, links, faults
        for old in gone:
            old.retire()
