"""What data links answered about an activity, and whether a condition holds of it. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from lodge_core.link_values import as_number, as_text, values_in
from lodge_core.workflows.language import Condition, LinkIs

MOST_ROWS = 100
_SHOWN_ROWS, _SHOWN_CHARACTERS, _SHOWN_WHY = 3, 100, 500
_SPACE = re.compile(r"\s+")


class Truth(Enum):
    """What is known of a condition: `unasked` until a link is asked, `unknown` when one that was
    asked did not answer."""

    YES = "yes"
    NO = "no"
    UNASKED = "unasked"
    UNKNOWN = "unknown"


class LinkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one link answered about one activity; `rows` is None when it did not, and `why` says so.

    `rows` hold the values of the `fields` that workflows name, as `LinkRows` has them, of at most
    MOST_ROWS rows. Values of fields in `withheld` are told nobody.
    """

    rows: Sequence[Mapping[str, Any]] | None = None
    fields: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    version: str | None = None
    is_from_cache: bool = False
    is_stale: bool = False
    why: str | None = None


LinkAnswers = Mapping[str, LinkAnswer]


def link_holds(wanted: LinkIs, answers: LinkAnswers) -> tuple[Truth, str]:
    """Whether the condition holds, and why in a few words."""
    answer = answers.get(wanted.name)
    if answer is None or not _has_looked(answer, wanted.field):
        return Truth.UNASKED, ""
    if wanted.answered is not None:
        is_so = (answer.rows is not None) is wanted.answered
        return _truth(is_so), f"{wanted.name} {'answered' if answer.rows is not None else 'silent'}"
    if answer.rows is None and (wanted.field is None or wanted.unless_answered is None):
        return Truth.UNKNOWN, ""
    rows = answer.rows or ()
    if wanted.has_rows is not None:
        is_so = bool(rows) is wanted.has_rows
        return _truth(is_so), f"{wanted.name} has {'rows' if rows else 'no row'}"
    field = wanted.field or ""
    values = [value for row in rows for value in values_in(row.get(field))]
    is_default = not values and wanted.unless_answered is not None
    if is_default:
        values = [wanted.unless_answered]
    found = next((said for value in values if (said := _fits(wanted, value))), None)
    if found is None:
        return Truth.NO, ""
    default = " by default" if is_default else ""
    return Truth.YES, f"{wanted.name}.{field} {found}{default}"


def _has_looked(answer: LinkAnswer, field: str | None) -> bool:
    return answer.rows is None or field is None or field in answer.fields


def links_in(condition: Condition) -> frozenset[str]:
    """Names of the links that the condition, or one within it, asks."""
    return frozenset(one.name for one in link_conditions(condition))


def link_conditions(condition: Condition) -> Iterable[LinkIs]:
    """Each question to a link in the condition and those within it, in order."""
    if condition.link is not None:
        yield condition.link
    inner = (*(condition.all or ()), *(condition.any or ()))
    for one in (*inner, *((condition.not_,) if condition.not_ is not None else ())):
        yield from link_conditions(one)


def evidence(answers: LinkAnswers) -> str:
    """What was asked and answered, for people: `asked orders 9f86d081884c: total 12.50, stale`."""
    return "; ".join(f"asked {name} {_told(answer)}" for name, answer in sorted(answers.items()))


def _told(answer: LinkAnswer) -> str:
    if answer.rows is None:
        return f"without an answer: {(answer.why or 'no reason given')[:_SHOWN_WHY]}"
    told = [_told_row(row, answer) for row in answer.rows[:_SHOWN_ROWS]]
    if len(answer.rows) > _SHOWN_ROWS:
        told.append("more rows")
    said = ", ".join(one for one in told if one) if answer.rows else "no row"
    said = said or ("1 row" if len(answer.rows) == 1 else f"{len(answer.rows)} rows")
    marks = ", from cache" if answer.is_from_cache else ""
    marks += ", stale: the source did not answer" if answer.is_stale else ""
    return f"{answer.version}: {said}{marks}"


def _told_row(row: Mapping[str, Any], answer: LinkAnswer) -> str:
    said: list[str] = []
    for field in sorted(answer.fields):
        values = [as_text(value) for value in values_in(row.get(field))]
        shown = " and ".join(values) if values else "nothing"
        if field in answer.withheld:
            shown = "(not shown: personal)"
        said.append(f"{field} {shown[:_SHOWN_CHARACTERS]}")
    return ", ".join(said)


def _fits(wanted: LinkIs, value: Any) -> str | None:
    """What of the condition fits the value, in words."""
    if wanted.is_ is not None:
        found = next((one for one in wanted.is_ if _is_same(one, value)), None)
        return None if found is None else f"is {found}"
    if wanted.contains is not None:
        text = plain(as_text(value))
        found = next((one for one in wanted.contains if plain(one) in text), None)
        return None if found is None else f"contains {found}"
    number = as_number(value)
    if number is None:
        return None
    if wanted.at_least is not None:
        is_so = number >= Decimal(str(wanted.at_least))
        return f"at least {wanted.at_least:g}" if is_so else None
    assert wanted.at_most is not None  # noqa: S101 - one is given: reading sees to it
    return f"at most {wanted.at_most:g}" if number <= Decimal(str(wanted.at_most)) else None


def _is_same(wanted: str, value: Any) -> bool:
    if plain(wanted) == plain(as_text(value)):
        return True
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return as_number(wanted) == as_number(value)


def plain(text: str) -> str:
    """The form in which texts are compared: case and runs of space make no difference."""
    return _SPACE.sub(" ", text).strip().casefold()


def _truth(is_so: bool) -> Truth:
    return Truth.YES if is_so else Truth.NO
