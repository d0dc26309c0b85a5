"""All of the configuration as files: in a fixed order, secrets left out, to be applied again."""

import re
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any, cast

import yaml

from lodge_platform.configuring import lines
from lodge_platform.configuring.kind import ConfigurationKind, Values
from lodge_platform.configuring.rows import Rows
from lodge_platform.errors import RefusedError

FILE_NAME = "configuration.yaml"
_HEAD = """\
# The configuration of Lodge, as `lodge config export` writes it and `lodge config apply` takes it.
# Not in it: passwords and second factors, sessions, API keys, accounts linked at identity
# providers, what webhooks sign with, and all work. Secrets are named, never written: their values
# stay in LODGE_SECRET_<NAME> or secrets/<name>. A user who is made by this file signs in only once
# somebody set a password; a webhook made by it signs with a new secret.
"""
_untyped: Any = yaml
_dump: Callable[..., str] = _untyped.dump


class _Writer(_untyped.SafeDumper):
    """Quotes whatever a reader could take for something else than text, and never refers back."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """Lists stand further in than the key above them."""
        increase: Callable[..., Any] = _untyped.SafeDumper.increase_indent
        return increase(self, flow, False)


class _Block(str):
    """A text of several lines, written line by line."""

    __slots__ = ()


def _block(writer: Any, text: str) -> Any:
    return writer.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


_add_representer: Callable[..., None] = _Writer.add_representer
_add_representer(_Block, _block)
_resolve: Callable[..., None] = _Writer.add_implicit_resolver
_resolve("tag:yaml.org,2002:int", re.compile(lines.INTEGER), list("-+0123456789"))
_resolve("tag:yaml.org,2002:float", re.compile(lines.DECIMAL), list("-+.0123456789"))


def said_of(rows: Rows, kind: ConfigurationKind, key: int) -> dict[str, Any]:
    """What a file says of one row, in plain values: references by name, parts as lists."""
    values = rows.of(kind.row)[key]
    if kind.exported is not None:
        return kind.exported(values)
    references = {reference.field: reference for reference in kind.references}
    parts = {part.field: part for part in kind.parts}
    said: dict[str, Any] = {}
    for field in kind.said.__struct_fields__:
        if field in references:
            reference = references[field]
            said[field] = rows.name(reference.kind, values[reference.column])
        elif field in parts:
            part = parts[field]
            if part.is_exported:
                said[field] = [part.said(rows, values, one) for one in part.elements(rows, key)]
        elif field not in kind.never_out:
            said[field] = _plain(values[field])
    return said


def configuration_of_rows(
    rows: Rows, *, is_wanted: Callable[[ConfigurationKind, Values], bool] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Everything, by kind, in plain values; `is_wanted` leaves rows out."""
    return {
        kind.plural: [
            said_of(rows, kind, key)
            for key, values in rows.sorted_of(kind)
            if is_wanted is None or is_wanted(kind, values)
        ]
        for kind in rows.kinds
    }


def as_yaml(said: dict[str, list[dict[str, Any]]]) -> str:
    """The configuration as one YAML document; the same values give the same bytes."""
    parts = [_HEAD]
    for plural, entries in said.items():
        blocks = [{key: _blocked(value) for key, value in entry.items()} for entry in entries]
        parts.append(
            _dump(
                {plural: blocks},
                Dumper=_Writer,
                allow_unicode=True,
                default_flow_style=False,
                sort_keys=False,
                width=1_000_000,
            )
        )
    return "\n".join(parts)


def as_files(said: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """The configuration by file name: documents in files of their own beside the one YAML file."""
    files: dict[str, str] = {}
    whole: dict[str, list[dict[str, Any]]] = {}
    for plural, entries in said.items():
        whole[plural] = [_apart(plural, entry, files) for entry in entries]
    return {FILE_NAME: as_yaml(whole), **files}


def write_files(folder: Path, files: dict[str, str]) -> list[Path]:
    """Write them; documents of an earlier export that are none any more go.

    Raises RefusedError for a folder that holds something else than an export.
    """
    _refuse_other(folder)
    folders = sorted({name.split("/")[0] for name in files if "/" in name} | {"workflows"})
    for inner in folders:
        for old in sorted((folder / inner).glob("*.yaml")):
            if f"{inner}/{old.name}" not in files:
                old.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return [folder / name for name in files]


def _refuse_other(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise RefusedError(f"{folder} is no folder")
    if folder.is_dir() and not (folder / FILE_NAME).is_file() and any(folder.iterdir()):
        raise RefusedError(
            f"{folder} holds other files and no {FILE_NAME}; name an empty or new folder, or a "
            "file that ends in .yaml"
        )


def _apart(plural: str, entry: dict[str, Any], files: dict[str, str]) -> dict[str, Any]:
    """The entry with its document put in a file of its own."""
    if "document" not in entry or "file" in entry:
        return entry
    name = str(entry.get("name") or _name_in(entry["document"]))
    path = _free(f"{plural}/{_slug(name)}", files)
    files[path] = entry["document"]
    return {"file": path} | {key: entry[key] for key in entry if key not in ("document", "name")}


def _name_in(document: str) -> str:
    place = lines.Place("document")
    said = lines.plain(lines.compose(document, place), place)
    return str(said.get("name", "")) if isinstance(said, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "unnamed"


def _free(stem: str, taken: Iterable[str]) -> str:
    number, path = 1, f"{stem}.yaml"
    while path in taken:
        number += 1
        path = f"{stem}-{number}.yaml"
    return path


def _blocked(value: Any) -> Any:
    return _Block(value) if isinstance(value, str) and "\n" in value else value


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _plain(value: Any) -> Any:
    """Plain values; mappings in an order of their own, since a store may keep any."""
    if isinstance(value, dict):
        given = cast(dict[str, Any], value)
        return {key: _plain(given[key]) for key in sorted(given, key=_order)}
    return value.value if isinstance(value, Enum) else value


def _order(key: str) -> tuple[int, str]:
    return _DAYS.index(key) if key in _DAYS else len(_DAYS), key
