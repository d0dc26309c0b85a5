"""XPath 1.0 over other people's XML: a name without a prefix fits any namespace.

`order/total` finds elements of these names, whatever their namespace. A prefix means the namespace
that the document's root element declares for it. There are no functions but XPath's own.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from lodge_adapters.access.source import BrokenSourceError
from lodge_platform.errors import SetUpError

_NAME = r"[^\W\d][\w.-]*"
_TOKEN = re.compile(
    rf"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<variable>\$)
    |(?P<axis>{_NAME}::)|(?P<name>{_NAME}(?::(?:{_NAME}|\*))?)
    |(?P<sign>\.\.|//|<=|>=|!=|[-/@.*()\[\],|+=<>]))""",
    re.VERBOSE,
)
_SIMPLE = re.compile(
    rf"(?:\./)?(?P<steps>(?:{_NAME}(?::{_NAME})?)(?:/{_NAME}(?::{_NAME})?)*)?"
    rf"(?P<last>(?:^|(?<=.)/)(?:@{_NAME}|text\(\)|\.))?"
)
_UPWARDS = re.compile(r"\.\.|\b(?:ancestor|parent|preceding|following)[\w-]*::|^\s*/|[(\[|,]\s*/")
_OPERATORS = frozenset({"and", "or", "mod", "div"})
_NO_TEST = frozenset({"@", "$", "attribute::", "namespace::"})
_BEFORE_OPERANDS = frozenset(
    (*("@", "$", "(", "[", ",", "/", "//"), *("|", "+", "-", "=", "!=", "<", "<=", ">", ">="))
)
Step = tuple[str | None, str]
"""A namespace, or None for any, and a local name, `*` for any."""


def simple_steps(path: str) -> tuple[tuple[str, ...], str | None] | None:
    """The names of a path that is nothing but names below each other, and how it ends: an `@name`,
    `text()`, `.` or None; None for every other path."""
    if not path or not (found := _SIMPLE.fullmatch(path)):
        return None
    last = found["last"]
    return tuple((found["steps"] or "").split("/")) if found["steps"] else (), (
        last.lstrip("/") if last else None
    )


def absolute_steps(path: str) -> tuple[str, ...] | None:
    """The names of a path like /list/order or /*/order; None for every other path."""
    steps = path.split("/")[1:] if path.startswith("/") else []
    is_plain = all(re.fullmatch(rf"{_NAME}(?::{_NAME})?|\*", step) for step in steps)
    return tuple(steps) if steps and is_plain else None


def looks_up(path: str) -> bool:
    """Whether a path may see what is not in its own element."""
    return _UPWARDS.search(path) is not None


def step_of(name: str, spaces: Mapping[str | None, str], where: str) -> Step:
    """What a name means in a document. Raises BrokenSourceError for a prefix that is not there."""
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return None, name
    if prefix not in spaces:
        raise BrokenSourceError(
            f"{where}: the root element declares no prefix {prefix!r}, which the link uses"
        )
    return spaces[prefix], local


def fits(step: Step, tag: str) -> bool:
    """Whether an element of that tag, {namespace}name, is what the step means."""
    space, name = step
    found, _, local = tag.rpartition("}")
    return name in ("*", local) and (space is None or found == f"{{{space}")


def compiled(path: str, spaces: Mapping[str | None, str], where: str) -> Any:
    """What evaluates the path on an element. Raises SetUpError for what is no XPath,
    BrokenSourceError for a prefix that the root element does not declare."""
    known = tuple(sorted((prefix, space) for prefix, space in spaces.items() if prefix))
    for prefix in prefixes(path):
        step_of(f"{prefix}:x", spaces, where)
    return _compiled(path, known)


@lru_cache(maxsize=4096)
def _compiled(path: str, spaces: tuple[tuple[str, str], ...]) -> Any:
    try:
        return etree.XPath(any_namespace(path), namespaces=dict(spaces), regexp=False)
    except (etree.XPathError, ValueError) as error:
        raise SetUpError(f"{path[:200]!r} is no XPath: {error}; as /list/order") from error


def prefixes(path: str) -> set[str]:
    """The prefixes that a path uses, but `xml`, which always means the same."""
    names = (found["name"] for found in _TOKEN.finditer(path))
    return {name.partition(":")[0] for name in names if name and ":" in name} - {"xml"}


def any_namespace(path: str) -> str:
    """The path with every element's name that has no prefix fitting any namespace.

    `a[b='c']/@d` becomes `*[local-name()='a'][*[local-name()='b']='c']/@d`.
    """
    said: list[str] = []
    before = ""
    is_operand = False  # whether a name would follow an operand, and so be an operator
    place = 0
    while place < len(path):
        found = _TOKEN.match(path, place)
        if found is None:
            said.append(path[place:])  # libxml2 says what is wrong with it
            break
        place = found.end()
        word = found[0].strip()
        blank = " " if found[0][:1].isspace() else ""
        is_operator = is_operand and (word in _OPERATORS or word == "*")
        is_test = found["name"] is not None and ":" not in word and not is_operator
        if is_test and before not in _NO_TEST and path[place:].lstrip()[:1] != "(":
            said.append(f"{blank}*[local-name()='{word}']")
        else:
            said.append(blank + word)
        is_operand = not (is_operator or found["axis"] or word in _BEFORE_OPERANDS)
        before = word
    return "".join(said)
