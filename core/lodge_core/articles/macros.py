"""Macros of articles: `{{customer.name}}` stands for a value of the activity answered. Pure.

A macro is a name of a closed list, or a field of a data link as `{{link.customer_lookup.tier}}`;
nothing in it is computed, and a value that looks like a macro stays as it is. What is between
braces and is no name is plain text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape

from msgspec import Struct

from lodge_platform.errors import RefusedError, nearest

MACROS: Mapping[str, str] = {
    "activity.number": "Key of the activity.",
    "activity.subject": "Subject of the activity.",
    "agent.name": "Name of who inserts the article.",
    "case.number": "Key of the case.",
    "case.subject": "Subject of the case.",
    "customer.address": "Address the customer wrote from.",
    "customer.name": "Name of the customer.",
    "department.name": "Name of the department.",
    "today": "The day, as 2026-01-05, in UTC.",
}
MOST_MACROS = 500
MOST_CHARACTERS = 500_000
_LINK = r"link\.[a-z][a-z0-9_]{0,62}\.[A-Za-z_][A-Za-z0-9_.-]{0,62}"
_NAME = r"[a-z]{1,40}(?:[._][a-z]{1,40}){0,3}"
_MACRO = re.compile(rf"\{{\{{[ \t]{{0,20}}({_LINK}|{_NAME})[ \t]{{0,20}}\}}\}}")
_IS_LINK = re.compile(_LINK)


class Expanded(Struct, frozen=True):
    """Text with its macros replaced; `empty` names those for which there was no value."""

    text: str
    empty: tuple[str, ...]


def macros_in(text: str) -> list[str]:
    """Names of the macros in `text`, each once, in order; unknown ones as well."""
    return list(dict.fromkeys(found[1] for found in _MACRO.finditer(text)))


def is_of_link(name: str) -> bool:
    """Whether the macro stands for a field of a data link."""
    return _IS_LINK.fullmatch(name) is not None


def refuse_unknown(text: str, *, field: str) -> None:
    """Raise RefusedError for a macro that is not on the list, or too many of them; whether links
    are there is `link_macros.refuse_unknown_links` to say."""
    for name in macros_in(text):
        if name not in MACROS and not is_of_link(name):
            raise RefusedError(
                f"there is no macro {name!r}; {nearest(name, MACROS)}", field=field, allowed=MACROS
            )
    if sum(1 for _ in _MACRO.finditer(text)) > MOST_MACROS:
        raise RefusedError(f"an article has at most {MOST_MACROS} macros", field=field)


def expand(text: str, values: Mapping[str, str | None], *, is_html: bool) -> Expanded:
    """`text` with the value of each macro in its place, escaped for HTML where it is HTML.

    One pass: a value is never looked into. Raises RefusedError when the result would be longer
    than MOST_CHARACTERS.
    """
    empty: dict[str, None] = {}
    for_text: Callable[[str], str] = escape if is_html else str
    left = MOST_CHARACTERS
    parts: list[str] = []
    for part, name in _parts(text):
        value = part
        if name is not None and (name in MACROS or is_of_link(name)):
            given = values.get(name)
            if not given:
                empty[name] = None
            value = for_text(given or "")
        left -= len(value)
        if left < 0:
            raise RefusedError(
                f"with its macros replaced the article is longer than {MOST_CHARACTERS} characters"
            )
        parts.append(value)
    return Expanded("".join(parts), tuple(empty))


def _parts(text: str) -> Iterator[tuple[str, str | None]]:
    """Stretches of plain text, and macros with their names."""
    end = 0
    for found in _MACRO.finditer(text):
        yield text[end : found.start()], None
        yield found[0], found[1]
        end = found.end()
    yield text[end:], None
