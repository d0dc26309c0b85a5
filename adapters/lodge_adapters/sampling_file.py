"""A link as the text of its file: every value that is not the default, with comments."""

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, cast

import msgspec
from msgspec import NODEFAULT, Struct

from lodge_adapters.language import Field, Link, Sample

_PLAIN = re.compile(r"[A-Za-z$/.][A-Za-z0-9_ ./$*=()\[\]@+-]*")
_WORDS = ("null", "true", "false", "yes", "no", "on", "off")
_WIDTH = 100
# As people read a link: what is asked for before where it comes from.
_FIRST = ("name", "title", "term", "parameters", "access", "answer", "root", "row", "rows")
Comments = Mapping[str, Sequence[str]]


def written(link: Link, comments: Comments | None = None) -> str:
    """The file in YAML. `comments` stand above the entry of that path, as `answer.rows`."""
    return "\n".join(_entries(link, "", 0, comments or {})) + "\n"


def sample_lines(sample: Sample) -> list[str]:
    """The lines of one sample, as an entry of the list `samples`, not indented."""
    first, *rest = _entries(sample, "samples", 0, {})
    return [f"- {first}", *(f"  {line}" for line in rest)]


def scalar(value: Any) -> str:
    """One value as YAML writes it; quoted where it would be read as something else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) and not isinstance(value, Enum):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value.value) if isinstance(value, Enum) else str(value)
    is_plain = _PLAIN.fullmatch(text) and not text.endswith(" ") and text.lower() not in _WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _entries(made: Struct, path: str, depth: int, comments: Comments) -> list[str]:
    lines: list[str] = []
    for field in sorted(msgspec.structs.fields(made), key=_place):
        value = getattr(made, field.name)
        default = field.default
        if default is NODEFAULT and field.default_factory is not NODEFAULT:
            default = field.default_factory()
        if value == default:
            continue
        at = f"{path}.{field.encode_name}" if path else field.encode_name
        lines += [f"{'  ' * depth}# {said}" for said in comments.get(at, ())]
        lines += _entry(field.encode_name, value, at, depth, comments)
    return lines


def _place(field: msgspec.structs.FieldInfo) -> int:
    return _FIRST.index(field.name) if field.name in _FIRST else len(_FIRST)


def _entry(name: str, value: Any, path: str, depth: int, comments: Comments) -> list[str]:
    pad = "  " * depth
    if isinstance(value, Struct):
        return [f"{pad}{name}:", *_entries(value, path, depth + 1, comments)]
    if isinstance(value, Mapping):
        named = cast("Mapping[str, str]", value)
        inner = [f"{pad}  {scalar(key)}: {scalar(said)}" for key, said in named.items()]
        return [f"{pad}{name}:", *inner]
    if isinstance(value, tuple):
        return [f"{pad}{name}:", *_list(value, path, depth, comments)]  # pyright: ignore[reportUnknownArgumentType]
    text = str(value)
    if isinstance(value, str) and "\n" in text and not text.startswith((" ", "\n")):
        body = [f"{pad}  {line}".rstrip() for line in text.rstrip("\n").splitlines()]
        return [f"{pad}{name}: |-", *body]
    return [f"{pad}{name}: {scalar(value)}"]


def _list(values: tuple[Any, ...], path: str, depth: int, comments: Comments) -> list[str]:
    pad, lines = "  " * (depth + 1), list[str]()
    for value in values:
        if not isinstance(value, Struct):
            lines.append(f"{pad}- {scalar(value)}")
            continue
        flow = _flow(value) if not (isinstance(value, Field) and value.fields) else ""
        if flow and len(flow) + len(pad) + 2 <= _WIDTH:
            lines.append(f"{pad}- {flow}")
            continue
        first, *rest = _entries(value, path, 0, comments)
        lines += [f"{pad}- {first}", *(f"{pad}  {line}" for line in rest)]
    return lines


def _flow(made: Struct) -> str:
    """A small thing on one line; empty where something in it does not fit there."""
    parts: list[str] = []
    for field in msgspec.structs.fields(made):
        value = getattr(made, field.name)
        if value == field.default:
            continue
        if not isinstance(value, (str, int, float, bool)):
            return ""
        said = scalar(value)
        is_safe = said.startswith('"') or re.fullmatch(r"[A-Za-z0-9_ ./@$+-]+", said)
        parts.append(f"{field.encode_name}: {said if is_safe else json.dumps(str(value))}")
    return f"{{{', '.join(parts)}}}"
