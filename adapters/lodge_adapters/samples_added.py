"""A sample's files are written beside its link, and its lines into the link's file."""

import os
import re
from pathlib import Path
from secrets import token_hex

import msgspec
from yaml.nodes import MappingNode, Node, SequenceNode

from lodge_adapters.language import Link, Sample
from lodge_adapters.reading import read_link
from lodge_adapters.sampling_file import sample_lines
from lodge_platform.configuring.lines import Place, compose, text_of
from lodge_platform.errors import RefusedError


def keep(folder: Path, name: str, content: bytes, *, replaces: bool = False) -> None:
    """Write a file below the folder, whole or not at all. Raises RefusedError for one there."""
    path = folder / name
    if path.exists() and not replaces:
        raise RefusedError(f"{path} is there already; name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)  # noqa: PTH105 - Path.replace follows no other rule
    finally:
        beside.unlink(missing_ok=True)


def refuse_taken(folder: Path, sample: Sample) -> None:
    """Raise RefusedError when one of the sample's files is there already."""
    for name in (sample.recorded, sample.expected):
        if (folder / name).exists():
            raise RefusedError(f"{folder / name} is there already; name another, or give --replace")


def with_sample(document: str, source: str, sample: Sample) -> str | None:
    """The file's text with the sample's lines in it, all else as it was; None where that cannot be
    done without writing the file anew, as in XML. A sample of the same name stays where it is."""
    if source.endswith(".xml"):
        return None
    before = read_link(document, source)
    if any(one.name == sample.name for one in before.samples):
        return document if sample in before.samples else None
    lines = document.splitlines()
    node = compose(document, Place(source))
    at = _samples(node)
    block = sample_lines(sample)
    if at is None:
        added = [*_trimmed(lines), "samples:", *(f"  {line}" for line in block)]
    elif isinstance(at, SequenceNode) and not at.flow_style:
        pad = " " * at.start_mark.column
        end = _last_line(lines, at)
        added = [*lines[:end], *(f"{pad}{line}" for line in block), *lines[end:]]
    else:
        return None
    text = "\n".join(added) + "\n"
    return text if _is_same(text, source, before, sample) else None


def _samples(node: Node) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    pairs: list[tuple[Node, Node]] = node.value
    return next((value for key, value in pairs if text_of(key) == "samples"), None)  # pyright: ignore[reportArgumentType]


def _last_line(lines: list[str], node: Node) -> int:
    """The line after the list's last one that is neither blank nor a comment."""
    end = min(node.end_mark.line, len(lines))
    if node.end_mark.column > 0 and end < len(lines):
        end += 1
    while end > 0 and not re.match(r"\s*[^\s#]", lines[end - 1]):
        end -= 1
    return end


def _trimmed(lines: list[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _is_same(text: str, source: str, before: Link, sample: Sample) -> bool:
    """Whether the new text declares the same link, and the sample."""
    try:
        after = read_link(text, source)
    except RefusedError:
        return False
    return after == msgspec.structs.replace(before, samples=(*before.samples, sample))
