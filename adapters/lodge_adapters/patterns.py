"""Patterns of parameters, matched in time that grows with the length of the text and no faster.

An asker chooses the text, and it is matched where everybody else is answered too; a pattern such as
`([a-z]+)+@` must hold up nobody. So patterns are those of RE2, which Arrow brings: without
backreferences, and without looking ahead or back.
"""

import re
from functools import cache
from importlib import import_module
from typing import Any

_WITHOUT_LEAST = re.compile(r"\{,[0-9]+\}")
_MOST_CHARACTERS = 1000


def refuse_pattern(pattern: str) -> None:
    """Raise ValueError, saying why, for what is no pattern."""
    if len(pattern) > _MOST_CHARACTERS:
        raise ValueError(f"it is longer than {_MOST_CHARACTERS} characters")
    if found := _WITHOUT_LEAST.search(pattern):
        raise ValueError(f"{found[0]} is written {{0{found[0][1:]}")
    try:
        # By itself first: what is no pattern alone could be one within `fits`.
        _found(pattern, "")
        fits(pattern, "")
    except _arrow().ArrowException as error:
        said = str(error).removeprefix("Invalid regular expression: ").split("\n", 1)[0]
        raise ValueError(
            f"{said[:200]}; taken are those of RE2, without backreferences and without looking "
            "ahead or back"
        ) from error


def fits(pattern: str, text: str) -> bool:
    """Whether all of the text, which is whole Unicode, fits the pattern."""
    return _found(rf"\A(?:{pattern})\z", text)


def _found(pattern: str, text: str) -> bool:
    arrow = _arrow()
    given = arrow.scalar(text, arrow.string())
    return bool(_compute().match_substring_regex(given, pattern=pattern).as_py())


@cache
def _arrow() -> Any:
    return import_module("pyarrow")  # it ships no types, and takes its time


@cache
def _compute() -> Any:
    return import_module("pyarrow.compute")
