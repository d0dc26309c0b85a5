"""What verbs about link files are given: the files, the home where there is one."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lodge_platform.cli.invocation import Invocation, require_home
from lodge_platform.errors import NotFoundError, RefusedError, SetUpError, nearest

if TYPE_CHECKING:
    from lodge_adapters.library import KnownLink, Library
    from lodge_platform.lodge import Lodge


@contextmanager
def library_of(invocation: Invocation) -> "Generator[tuple[Lodge, Library]]":
    """The link files, read; no home has to be there for that, and nothing is written to one."""
    from lodge_adapters.library import Library
    from lodge_platform.lodge import open_lodge

    settings = invocation.settings()
    try:
        require_home(settings)
    except SetUpError:
        # Files are read all the same, as in a repository of links alone.
        with TemporaryDirectory() as folder:
            stores = {
                f"{name}_url": f"sqlite:///{Path(folder) / name}.db"
                for name in ("master", "active")
            }
            lodge = open_lodge(replace(settings, **stores))
            yield lodge, _readable(Library(lodge))
            lodge.close()
        return
    lodge = invocation.lodge()
    library = Library(lodge)
    try:
        yield lodge, _readable(library)
    finally:
        library.close()


def _readable(library: "Library") -> "Library":
    if library.trouble:
        raise SetUpError(f"link files cannot be read: {library.trouble}")
    return library


def known_in(library: "Library", name: str) -> "KnownLink":
    """The link of that name, switched off ones too. Raises RefusedError saying what its file's
    fault is, NotFoundError with the nearest name."""
    known = {one.name: one for one in library.links()}
    if name in known:
        return known[name]
    fault = library.fault(name)
    if fault is not None:
        raise RefusedError(fault.said)
    names = [*known, *(one.name for one in library.faults())]
    folder = library.folders[0]
    hint = nearest(name, names) if names else f"there are none in {folder}"
    raise NotFoundError(f"no link {name!r}; {hint}")


def file_in(known: "KnownLink") -> Path:
    """The link's file."""
    for path in _files_of(known.folder, known.name):
        return path
    raise NotFoundError(f"the file of link {known.name!r} is gone from {known.folder}")


def file_shown(library: "Library", name: str) -> str:
    """The file of that name, good or not, as it is shown; the name alone where that is not sure."""
    found = [path for folder in library.folders for path in _files_of(folder, name)]
    return str(found[0]) if len(found) == 1 else name


def _files_of(folder: Path, name: str) -> list[Path]:
    paths = [folder / f"{name}{end}" for end in (".yaml", ".yml", ".xml")]
    return [path for path in paths if path.is_file()]


def unknown_callers(lodge: "Lodge", library: "Library") -> list[str]:
    """What links name as callers and nobody can be; nothing where there is no home to say so."""
    from sqlalchemy import select

    from lodge_platform.schema.master import Department, Role

    try:
        require_home(lodge.settings)
    except SetUpError:
        return []
    with lodge.stores.master.read() as connection:
        roles = list(connection.scalars(select(Role.__table__.c.name)))
        departments = list(connection.scalars(select(Department.__table__.c.name)))
    return [
        f"{known.name}: there is no {kind} {name!r}; {nearest(name, names)}"
        for known in library.links()
        for kind, names, callers in (
            ("role", roles, known.link.callers.roles),
            ("department", departments, known.link.callers.departments),
        )
        for name in callers
        if names and name not in names
    ]


def pairs_in(words: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE words as parameters. Raises RefusedError for another word."""
    found: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise RefusedError(f"{word[:100]!r} is no parameter; write it as NAME=VALUE")
        if name in found:
            raise RefusedError(f"{name[:100]!r} is given twice")
        found[name] = value
    return found
