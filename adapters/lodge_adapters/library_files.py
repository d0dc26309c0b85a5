"""Link files on disk: which there are, what tells one text from another, what each one says."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lodge_adapters.language import Link
from lodge_adapters.reading import read_link
from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.outgoing.allowed import parse_allowed

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_ENDS = (".yaml", ".yml", ".xml")
_MOST_SHOWN = 63
_MOST_BYTES = 4_000_000
_VERSION_DIGITS = 12

_NOT_THERE = (errno.ENOENT, errno.ENOTDIR)

Signature = tuple[tuple[str, int, int, int, int], ...]
"""Path, size, times of change (of its text, of its rights) and number of each file: another one
means that something changed."""


@dataclass(frozen=True)
class Found:
    """A file: `version` is of its text and of the files `beside` it that it names."""

    name: str
    folder: Path
    version: str
    text: bytes
    beside: tuple[Path, ...] = ()


def scanned(folder: Path) -> Mapping[str, list[Path]]:
    """The link files of a folder by the link's name, in order; nothing where it is no folder.

    Raises OSError for a folder that is there and cannot be read.
    """
    found: dict[str, list[Path]] = {}
    for entry in _entries(folder):
        path = Path(entry.path)
        if path.suffix in _ENDS and not path.name.startswith("."):
            found.setdefault(_shown(path.stem)[:_MOST_SHOWN], []).append(path)
    return {name: sorted(found[name]) for name in sorted(found)}


def folder_signature(folders: Iterable[Path], beside: Iterable[Path]) -> Signature:
    """What tells the state of these folders' link files, and of these other files.

    Raises OSError as `scanned`.
    """
    seen: list[tuple[str, int, int, int, int]] = []
    for folder in folders:
        for entry in _entries(folder):
            if entry.name.endswith(_ENDS):
                try:
                    seen.append(_state(entry.path, entry.stat()))
                except OSError:
                    seen.append((entry.path, 0, 0, 0, 0))
    for path in beside:
        try:
            seen.append(_state(str(path), path.stat()))
        except OSError:
            seen.append((str(path), 0, 0, 0, 0))
    return tuple(sorted(seen))


def read_found(
    name: str, paths: Sequence[Path], *, known: tuple[Found, Link | str] | None
) -> tuple[Found, Link | str]:
    """The file and the link it declares, or what is wrong with it; `known` is of the last time,
    given back when the text is the same still."""
    path = paths[0]
    try:
        text = _content(path)
    except OSError as error:
        said = f"{_shown(path.name)} cannot be read: {error.strerror}"
        return Found(name, path.parent, "", b""), said
    plain = Found(name, path.parent, _version([text]), text)
    if not _NAME.fullmatch(name):
        said = "a link is named by small letters, digits and _, a letter first, 63 at most"
        return plain, f"{_shown(path.name)}: {said}; rename the file"
    if len(paths) > 1:
        names = " and ".join(one.name for one in paths)
        return plain, f"{names} declare the same link; keep one of them"
    link: Link | str
    if known is not None and known[0].text == text:
        link = known[1] if isinstance(known[1], Link) else _link(text, path)
    else:
        link = _link(text, path)
    if isinstance(link, str):
        return plain, link
    try:
        beside = _beside(link, path)
    except RefusedError as error:
        return plain, str(error)
    try:
        contents = [_content(one) for one in beside]
    except OSError as error:
        missing = Path(error.filename).name
        said = f"{path.name}: {missing!r}, which it names, cannot be read: {error.strerror}"
        return replace(plain, beside=beside), said
    return Found(name, path.parent, _version([text, *contents]), text, beside), link


def _link(text: bytes, path: Path) -> Link | str:
    try:
        link = read_link(text.decode("utf-8"), path.name)
        parse_allowed(" ".join(link.allowed))
        return link
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        return f"{path.name} line {line}: the file is not UTF-8"
    except RefusedError as error:
        return str(error)
    except SetUpError as error:
        return f"{path.name}: allowed: {error}"
    except RecursionError:
        return f"{path.name} is nested too deeply"


def _beside(link: Link, path: Path) -> tuple[Path, ...]:
    """The files that the link names. Raises RefusedError for one not below its folder."""
    panel = link.panel.xslt if link.panel else None
    soap = link.access.soap
    wsdl = soap.wsdl if soap and "://" not in soap.wsdl else None
    found: list[Path] = []
    for key, name in (("answer.xslt", link.answer.xslt), ("panel.xslt", panel), ("wsdl", wsdl)):
        if name is None:
            continue
        file = path.parent / name
        if not file.resolve().is_relative_to(path.parent.resolve()):
            raise RefusedError(f"{path.name}: {key}: {name[:100]!r} is not below the link's folder")
        found.append(file)
    return tuple(found)


def _content(path: Path) -> bytes:
    # Not blocking: a pipe in place of a file must not hold up whoever asks a link.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        if found.st_size > _MOST_BYTES:
            raise OSError(errno.EFBIG, f"it is larger than {_MOST_BYTES} bytes", str(path))
        return file.read(_MOST_BYTES)


def _shown(name: str) -> str:
    """The name of a file as text that can be kept, also where it is no UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _version(texts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text)
    return digest.hexdigest()[:_VERSION_DIGITS]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return []
        raise


def _state(path: str, found: os.stat_result) -> tuple[str, int, int, int, int]:
    return path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
