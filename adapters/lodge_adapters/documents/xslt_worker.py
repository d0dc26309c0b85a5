"""XSLT as `worker` runs it: a stylesheet may include files beside it, and reach nothing else."""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from lodge_adapters.documents.faults import FaultError
from lodge_adapters.documents.xml_options import OPTIONS

_MOST_STYLESHEET_BYTES = 1_000_000
_BASE = "link:/"
_KEPT = 64
_CONTROL: Any = etree.XSLTAccessControl
_NOTHING: Any = _CONTROL.DENY_ALL

Stamp = tuple[str, int, int]
Compiled = tuple[Any, list[Stamp]]
_compiled: dict[str, Compiled] = {}


class StylesheetError(Exception):
    """The stylesheet cannot be used."""


class EndedError(Exception):
    """The stylesheet ended the transformation by xsl:message."""


class _Beside(etree.Resolver):
    """Gives a stylesheet the files of its own folder, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.stamps: list[Stamp] = []
        self.refused: StylesheetError | None = None

    def resolve(  # pyright: ignore[reportIncompatibleMethodOverride] - the stubs are wrong
        self, system_url: str, public_id: str, context: Any
    ) -> Any:
        """The included file. Raises StylesheetError for every other place."""
        name = system_url.removeprefix(_BASE)
        try:
            if name in ("", ".", "..") or "/" in name or "\\" in name:
                raise StylesheetError(
                    f"it includes {system_url[:100]!r}; allowed: files of its own folder"
                )
            content = self.content(name)
            etree.fromstring(content, _parser())
            given: Any = self
            return given.resolve_string(content, context, base_url=_BASE + name)
        except StylesheetError as error:
            self.refused = error
            raise

    def content(self, name: str) -> bytes:
        """The bytes of a file of the folder; remembers what it was like."""
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            raise StylesheetError(f"there is no {name[:100]!r} in its folder")
        self.stamps.append(_stamp(path))
        with path.open("rb") as file:
            content = file.read(_MOST_STYLESHEET_BYTES + 1)
        if len(content) > _MOST_STYLESHEET_BYTES:
            raise StylesheetError(f"{name} is larger than {_MOST_STYLESHEET_BYTES} bytes")
        if b"<!DOCTYPE" in content.replace(b"\x00", b""):
            raise StylesheetError(f"{name} has a document type, which is not taken")
        return content


def _parser() -> Any:
    return etree.XMLParser(**OPTIONS)


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return str(path), found.st_mtime_ns, found.st_size


def _stylesheet(path: str) -> Any:
    kept = _compiled.get(path)
    if kept is not None:
        with contextlib.suppress(OSError):
            if all(_stamp(Path(stamp[0])) == stamp for stamp in kept[1]):
                return kept[0]
    file = Path(path)
    beside = _Beside(file.parent)
    parser = _parser()
    parser.resolvers.add(beside)
    try:
        tree = etree.fromstring(beside.content(file.name), parser, base_url=_BASE + file.name)
        made = etree.XSLT(tree, access_control=_NOTHING, regexp=False)
    except (etree.LxmlError, StylesheetError, OSError) as error:
        raise beside.refused or StylesheetError(_said(error)) from error
    if len(_compiled) >= _KEPT:
        _compiled.clear()
    _compiled[path] = made, beside.stamps
    return made


def _said(error: Exception) -> str:
    """What libxslt says of an error, with the line of the stylesheet where it knows one."""
    if isinstance(error, etree.XMLSyntaxError):
        return f"line {error.lineno or 1}: {(error.msg or 'no XML')[:200]}"
    entries: list[Any] = list(getattr(error, "error_log", None) or ())
    line = next((entry.line for entry in entries if entry.line), 0)
    words = [entry.message for entry in entries if entry.message != "unknown error"]
    words = [word for word in words if " error, element " not in word] or [str(error)]
    said = words[0].split("\n", 1)[0][:200]
    return f"line {line}: {said}" if line else said


def transform(job: Mapping[str, Any], content: bytes) -> bytes:
    """The result of `job["stylesheet"]`, a path: XML without declaration, or where `job["form"]` is
    html, as the stylesheet's output says.

    Raises FaultError: of the link for one of the stylesheet, else of the document.
    """
    try:
        return _transformed(job, content)
    except StylesheetError as error:
        raise FaultError(str(error), "link") from error
    except EndedError as error:
        raise FaultError(f"the stylesheet ends with: {error}") from error
    except etree.XMLSyntaxError as error:
        said = (error.msg or "").split("\n", 1)[0][:200]
        raise FaultError(f"line {error.lineno or 1}: not well-formed XML: {said}") from error
    except (etree.LxmlError, ValueError) as error:
        raise FaultError(f"cannot be transformed: {str(error)[:200]}") from error


def _transformed(job: Mapping[str, Any], content: bytes) -> bytes:
    stylesheet = _stylesheet(job["stylesheet"])
    document = etree.fromstring(content, _parser())
    try:
        result = stylesheet(document)
    except etree.XSLTError as error:
        if not any(" error, element " in entry.message for entry in error.error_log):
            raise EndedError(str(error).split("\n", 1)[0][:100]) from error
        raise StylesheetError(_said(error)) from error
    if job["form"] == "html":
        return bytes(result)
    if result.getroot() is None:
        raise StylesheetError("it makes no XML element")
    return etree.tostring(result.getroot(), encoding="utf-8")
