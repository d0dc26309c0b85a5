"""Values of parameters: text out of a query string as what it stands for, or a clear refusal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from lodge_platform.api import problem_types as types
from lodge_platform.api.bodies import GREATEST_KEY, is_keepable
from lodge_platform.api.problems import ApiProblem, ended, field_error
from lodge_platform.clock import as_utc

_MOST_TEXT = 200


def integer_in(name: str, value: str) -> int:
    """A whole number that fits a key. Raises ApiProblem 400."""
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
        raise refused_parameter(name, "It is a whole number.")
    number = int(value)
    if abs(number) > GREATEST_KEY:
        raise refused_parameter(name, "The number is too large.")
    return number


def number_in(name: str, value: str) -> float:
    """A number. Raises ApiProblem 400."""
    try:
        return float(msgspec.json.decode(value.encode(), type=float))
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as error:
        raise refused_parameter(name, "It is a number.") from error


def instant_in(name: str, value: str) -> datetime:
    """An aware instant, in UTC. Raises ApiProblem 400."""
    try:
        found = msgspec.convert(value.replace(" ", "+"), datetime)
    except msgspec.ValidationError as error:
        raise refused_parameter(name, "It is an instant, as 2026-01-31T09:00:00Z.") from error
    if found.tzinfo is None:
        raise refused_parameter(name, "It is an instant with its offset, as 2026-01-31T09:00:00Z.")
    try:
        return as_utc(found)
    except OverflowError as error:
        raise refused_parameter(name, "The instant is out of range.") from error


def text_in(name: str, value: str) -> str:
    """Text that a store keeps. Raises ApiProblem 400."""
    if not is_keepable(value) or len(value) > _MOST_TEXT:
        raise refused_parameter(
            name, f"It is text of at most {_MOST_TEXT} characters, without NUL."
        )
    return value


def choice_in(name: str, value: str, words: Mapping[str, Any]) -> Any:
    """What one of `words` stands for. Raises ApiProblem 400 naming them."""
    if value not in words:
        raise refused_parameter(
            name, f"This value is not allowed; allowed: {', '.join(words)}.", words
        )
    return words[value]


def refused_parameter(name: str, detail: str, allowed: Any = ()) -> ApiProblem:
    """400 for a parameter, naming it and the values it may have."""
    said = ended(detail)
    return ApiProblem(
        types.INVALID_QUERY, f"{name}: {said}", errors=[field_error(name, said, allowed)]
    )
