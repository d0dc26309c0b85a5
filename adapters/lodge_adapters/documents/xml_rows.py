"""XML as rows: streamed where `rows` is names below each other, as /list/order; else held whole.

Without `rows` each child of the root element is one. Where rows are streamed, the elements on the
way to them have to be there, unless nothing is; there need not be a row. A document that is
transformed by XSLT, or whose fields look out of their row (`../@currency`), is held whole.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from lodge_adapters.access.source import Batch, BrokenSourceError, TooLargeError
from lodge_adapters.answers.fields import source_name
from lodge_adapters.documents.batching import Picked, batched
from lodge_adapters.documents.bounds import Content, seconds_until, whole
from lodge_adapters.documents.safe_xml import MOST_ROW_ELEMENTS, Met, walked, whole_root
from lodge_adapters.documents.xml_fields import XmlFields
from lodge_adapters.documents.xml_paths import (
    Step,
    absolute_steps,
    compiled,
    fits,
    looks_up,
    step_of,
)
from lodge_adapters.language import Answer, Field
from lodge_platform.errors import SetUpError

_CHILDREN = "/*/*"


def xml_batches(
    content: Content,
    answer: Answer,
    where: str,
    folder: Path,
    *,
    deadline: float | None = None,
) -> Iterator[Batch]:
    """The rows of a document, after `answer.xslt` where there is one.

    Raises BrokenSourceError naming the line, also where the root element is another; TooLargeError;
    SetUpError for a path or a stylesheet that cannot be used.
    """
    steps = absolute_steps(answer.rows or _CHILDREN)
    if answer.xslt is not None:
        from lodge_adapters.documents.xslt import SECONDS, transformed

        document = whole(content, where)
        seconds = seconds_until(deadline, SECONDS)
        content = transformed(document, folder / answer.xslt, where, seconds=seconds)
    names = tuple(dict.fromkeys(source_name(field) for field in answer.fields))
    if steps and not any(looks_up(path) for path in _paths(answer.fields)):
        yield from batched(_streamed(content, answer, steps, where), names)
    else:
        yield from batched(_held(whole(content, where), answer, where), names)


def _streamed(
    content: Content, answer: Answer, names: tuple[str, ...], where: str
) -> Iterator[Picked]:
    """Rows as their elements end. Everything is let go as soon as it has ended."""
    fields: XmlFields | None = None
    steps: list[Step] = []
    fitting = 0  # so many of the open elements, from the root, are those on the way to a row
    reached, instead = 0, ""  # the most that ever were, and what came in place of the next
    held = 0
    for met in walked(content, where):
        if fields is None:
            spaces = met.element.nsmap
            fields = XmlFields(answer.fields, spaces, where)
            steps = [step_of(name, spaces, where) for name in names]
            _refuse_other_root(met, steps[0], names, where)
        if met.is_start:
            if fitting == met.depth - 1 < len(steps) and fits(steps[fitting], met.element.tag):
                fitting += 1
                if fitting > reached:
                    reached, instead = fitting, ""
            elif met.depth == reached + 1 == fitting + 1:
                instead = instead or met.element.tag
            held += 1
            if held > MOST_ROW_ELEMENTS:
                raise TooLargeError(f"{where}: more than {MOST_ROW_ELEMENTS} elements in one row")
            continue
        if met.depth > fitting == len(steps):
            continue  # within a row
        if met.depth == fitting == len(steps):
            yield fields.pick(met.element)
        fitting = min(fitting, met.depth - 1)
        held = 0
        _let_go(met.element)
    if instead and reached < len(steps) - 1:
        raise BrokenSourceError(
            f"{where}: expected /{'/'.join(names[: reached + 1])}, found {_local(instead)}"
        )


def _held(content: bytes, answer: Answer, where: str) -> Iterator[Picked]:
    root = whole_root(content, where)
    fields = XmlFields(answer.fields, root.nsmap, where)
    path = answer.rows or _CHILDREN
    found = compiled(path, root.nsmap, where)(root)
    if not isinstance(found, list) or not all(map(etree.iselement, found)):  # pyright: ignore
        raise SetUpError(f"{path!r} leads to no elements; rows are elements, as /list/order")
    yield from map(fields.pick, found)  # pyright: ignore[reportUnknownArgumentType]


def _refuse_other_root(met: Met, step: Step, names: tuple[str, ...], where: str) -> None:
    if not fits(step, met.element.tag):
        raise BrokenSourceError(
            f"{where} line {met.element.sourceline}: expected the root element {names[0]}, "
            f"found {_local(met.element.tag)}"
        )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2][:60]


def _let_go(element: Any) -> None:
    element.clear(keep_tail=False)
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _paths(fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        yield source_name(field)
        yield from _paths(field.fields)
