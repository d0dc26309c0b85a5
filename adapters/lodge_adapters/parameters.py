"""Parameters: texts that were given, or what an activity has, as checked values of a link."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from lodge_adapters.language import Link, Parameter, Type
from lodge_adapters.patterns import fits
from lodge_platform.errors import RefusedError, nearest

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,100}(?:\.[0-9]{0,100})?|\.[0-9]{1,100})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GREATEST_INTEGER = 2**63 - 1
_LONGEST_UNLESS_TEXT = 250


class UnknownParameterError(RefusedError):
    """A parameter was given that the link does not declare."""


def values_of(link: Link, given: Mapping[str, str]) -> dict[str, Any]:
    """The value of every declared parameter by name, in the order of the file; None for one that
    is not given and has no default.

    Raises UnknownParameterError, and RefusedError naming the parameter and what it may be.
    """
    known = [parameter.name for parameter in link.parameters]
    for name in given:
        if name not in known:
            hint = nearest(name, known) if known else "there are none"
            raise UnknownParameterError(
                f"there is no parameter {name[:100]!r}; {hint}", field=name[:100], allowed=known
            )
    return {parameter.name: _value(parameter, given) for parameter in link.parameters}


def given_by(link: Link, subject: Mapping[str, str | None]) -> dict[str, str]:
    """What an activity has for the link's parameters; what it has not is left out."""
    found: dict[str, str] = {}
    for parameter in link.parameters:
        value = subject.get(parameter.source) if parameter.source is not None else None
        if value is not None:
            found[parameter.name] = value
    return found


def _value(parameter: Parameter, given: Mapping[str, str]) -> Any:
    text = given.get(parameter.name, parameter.default)
    if text is None:
        if parameter.required:
            raise _refused(parameter, "is missing")
        return None
    longest = parameter.longest
    if parameter.type is not Type.TEXT:
        longest = min(longest, _LONGEST_UNLESS_TEXT)
    if len(text) > longest:
        raise _refused(parameter, f"is longer than {longest} characters")
    if "\0" in text:
        raise _refused(parameter, "holds a NUL character")
    if not _is_whole(text):
        raise _refused(parameter, "holds half a character")
    if parameter.allowed and text not in parameter.allowed:
        raise _refused(parameter, f"is not allowed; {nearest(text, parameter.allowed)}")
    if parameter.pattern is not None and not fits(parameter.pattern, text):
        raise _refused(parameter, f"does not fit {parameter.pattern}")
    try:
        return _READ[parameter.type](text)
    except ValueError as error:
        raise _refused(parameter, str(error)) from error


def _refused(parameter: Parameter, said: str) -> RefusedError:
    return RefusedError(
        f"parameter {parameter.name} {said}", field=parameter.name, allowed=_allowed(parameter)
    )


def _allowed(parameter: Parameter) -> tuple[str, ...]:
    if parameter.allowed:
        return parameter.allowed
    return ("true", "false") if parameter.type is Type.BOOLEAN else ()


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) is None or abs(int(text)) > _GREATEST_INTEGER:
        raise ValueError(f"is no whole number of at most {_GREATEST_INTEGER}")
    return int(text)


def _decimal(text: str) -> Decimal:
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("is no number like -12.50")
    return Decimal(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("is not allowed; allowed: true, false")
    return text == "true"


def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("is no date like 2026-01-31")


def _instant(text: str) -> datetime:
    wanted = "is no instant with its offset, like 2026-01-31T09:00:00Z"
    try:
        # In a query string a plus that is not encoded is a blank.
        found = datetime.fromisoformat(re.sub(r" (?=[0-9]{2}:?[0-9]{2}$)", "+", text))
        if found.tzinfo is None:
            raise ValueError(wanted)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(wanted) from error


_READ: dict[Type, Callable[[str], Any]] = {
    Type.TEXT: str,
    Type.INTEGER: _integer,
    Type.DECIMAL: _decimal,
    Type.BOOLEAN: _boolean,
    Type.DATE: _date,
    Type.INSTANT: _instant,
}
