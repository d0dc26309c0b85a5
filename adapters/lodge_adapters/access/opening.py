"""Which module answers for a link: by the kind of access that its file declares."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from lodge_adapters.access.source import Source
from lodge_adapters.language import Access, Link
from lodge_platform.errors import MistakeError
from lodge_platform.lodge import Lodge

# Imported when first needed: not every home has SOAP services or workbooks.
_KINDS: dict[str, tuple[str, str]] = {
    "sql": ("lodge_adapters.access.sql", "SqlSource"),
    "http": ("lodge_adapters.access.http", "HttpSource"),
    "soap": ("lodge_adapters.access.soap", "SoapSource"),
    "file": ("lodge_adapters.access.file", "FileSource"),
    "mart": ("lodge_adapters.access.mart", "MartSource"),
    "function": ("lodge_adapters.access.function", "FunctionSource"),
}


def kind_of(access: Access) -> str:
    """sql, http, soap, file, mart or function: the one that is declared."""
    for kind in _KINDS:
        if getattr(access, kind) is not None:
            return kind
    raise MistakeError("an access of no kind was read")


def source_of(name: str, link: Link, lodge: Lodge, folder: Path) -> Source:
    """The link's source; `folder` is where its file stands. Nothing is connected to yet.

    Raises SetUpError where its settings, secrets or drivers are missing.
    """
    module, kind = _KINDS[kind_of(link.access)]
    made: Callable[..., Any] = getattr(import_module(module), kind)
    return made(name, link, lodge, folder)
