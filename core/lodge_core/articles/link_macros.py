"""Macros that stand for a field of a data link: `{{link.customer_lookup.tier}}`."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial

from msgspec import Struct

from lodge_core.activities.subject import subject_of
from lodge_core.articles.macros import is_of_link, macros_in
from lodge_core.link_values import as_text, values_in
from lodge_platform.errors import LodgeError, RefusedError, nearest
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.links import (
    Caller,
    CallerKind,
    LinkDescription,
    LinkRows,
    registered_links,
)
from lodge_platform.lodge import Lodge

PATIENCE_SECONDS = 20.0
_AT_ONCE = 8


class LinkValues(Struct, frozen=True):
    """Values by macro, and why there is none for some."""

    values: dict[str, str | None]
    reasons: dict[str, str]


class _Macro(Struct, frozen=True):
    name: str
    link: str
    field: str


def refuse_unknown_links(
    text: str, *, field: str, described: Callable[[], Sequence[LinkDescription]]
) -> None:
    """Raise RefusedError for a macro of a link or field that is not there, or cannot be used.

    `described` gives the links there are, and is called only where a macro names one.
    """
    macros = _macros(macros_in(text))
    links = {link.name: link for link in described()} if macros else {}
    for macro in macros:
        said = f"there is no macro {macro.name!r}"
        link = links.get(macro.link)
        if link is None:
            hint = nearest(macro.link, links) if links else "there is no data link yet"
            raise RefusedError(
                f"{said}: no link {macro.link!r}; {hint}", field=field, allowed=links
            )
        if link.fault is not None or link.is_writing:
            why = link.fault or "it writes"
            raise RefusedError(f"{said}: link {macro.link!r} cannot be used: {why}", field=field)
        fields = {one.name: one for one in link.fields}
        allowed = [name for name, one in fields.items() if not one.fields]
        if macro.field not in allowed:
            hint = nearest(macro.field, allowed) if allowed else "it has no plain value"
            raise RefusedError(
                f"{said}: link {macro.link!r} has no plain value {macro.field!r}; {hint}",
                field=field,
                allowed=allowed,
            )


def link_values(
    lodge: Lodge,
    names: Iterable[str],
    activity_id: int,
    *,
    reader: SignedIn,
    place: tuple[int, int | None],
    now: datetime,
    patience_seconds: float = PATIENCE_SECONDS,
) -> LinkValues:
    """What the macros of links among `names` stand for in the activity, for the reader.

    Each link is asked once, all at the same time, and waited for so many seconds at most. Of
    several rows the first counts; a list is written with commas.
    """
    macros = _macros(names)
    if not macros:
        return LinkValues({}, {})
    asked = sorted({macro.link for macro in macros})
    if not reader.may(Action.LINK_ASK, *place):
        lacking = f"you lack the right {Action.LINK_ASK.value}"
        return LinkValues({}, {macro.name: lacking for macro in macros})
    caller = Caller(
        kind=CallerKind.TEMPLATE, reader=reader, department_id=place[0], activity_id=activity_id
    )
    subject = subject_of(lodge, activity_id) or {}
    given = partial(registered_links(lodge).ask_of, subject=subject, caller=caller, now=now)
    answers = _asked(given, asked, patience_seconds)
    found = {macro.name: _value(answers[macro.link], macro.field) for macro in macros}
    return LinkValues(
        {name: value for name, (value, _) in found.items()},
        {name: why for name, (_, why) in found.items() if why is not None},
    )


def _asked(
    ask_of: Callable[[str], LinkRows], names: Sequence[str], patience_seconds: float
) -> dict[str, LinkRows | str]:
    """Each link's rows, or why there are none."""

    def ask(name: str) -> LinkRows | str:
        try:
            return ask_of(name)
        except LodgeError as error:
            return str(error)

    pool = ThreadPoolExecutor(min(_AT_ONCE, len(names)), thread_name_prefix="link macros")
    futures: dict[str, Future[LinkRows | str]] = {name: pool.submit(ask, name) for name in names}
    wait(futures.values(), patience_seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    late = f"its source did not answer within {patience_seconds:g} s"
    in_time = {name: one for name, one in futures.items() if one.done() and not one.cancelled()}
    return {name: in_time[name].result() if name in in_time else late for name in names}


def _value(answer: LinkRows | str, field: str) -> tuple[str | None, str | None]:
    if isinstance(answer, str):
        return None, answer
    if not answer.rows:
        return None, "its source knows nothing about this"
    row = answer.rows[0]
    if field not in row:
        return None, "you may not see it"
    text = ", ".join(as_text(value) for value in values_in(row[field]))
    return (text, None) if text else (None, "it has no value")


def _macros(names: Iterable[str]) -> list[_Macro]:
    found: list[_Macro] = []
    for name in filter(is_of_link, names):
        _, link, field = name.split(".", 2)
        found.append(_Macro(name, link, field))
    return found
