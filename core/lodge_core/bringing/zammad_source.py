"""Things out of what Zammad's REST API gives as JSON: organizations, users, tickets, answers.

The input is a folder of files as the API answers them (`tickets.json`, or one file a page such as
`tickets-1.json`), or one file, an object with a list for each name: `organizations`, `users`,
`tickets`, `ticket_articles`, and where they are there `ticket_states`, `ticket_priorities` and
`knowledge_base`, the bundle of `/api/v1/knowledge_bases/init` with its contents.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from lodge_core.bringing.things import Point, Rejected, Thing, Whose
from lodge_core.bringing.zammad_answers import answers
from lodge_core.bringing.zammad_texts import note_of
from lodge_platform.errors import RefusedError

Values = dict[str, Any]
_Kind = TypeVar("_Kind")
LISTS = (
    *("organizations", "users", "tickets", "ticket_articles"),
    *("ticket_states", "ticket_priorities", "groups"),
)
_BUNDLE = "knowledge_base"
_CUSTOMER_ROLE_ID = 3
# The states and priorities that a new Zammad has, for exports without their names.
_STATES = {1: "new", 2: "open", 3: "pending reminder", 4: "closed", 5: "merged", 7: "pending close"}
_PRIORITIES = {1: "1 low", 2: "2 normal", 3: "3 high"}
_SEVERITIES = {"1 low": "low", "2 normal": "medium", "3 high": "high"}
_ENDED = ("closed", "merged", "removed")
_NUMBER = re.compile(r"(\+|00)[\d\s()/.-]{4,}")


def read_export(path: Path) -> Values:
    """The lists by name. Raises RefusedError for what is no such export."""
    if path.is_file():
        found = _converted(_read(path), Values, f"{path}: the whole")
        unknown = sorted(set(found) - {*LISTS, _BUNDLE})
        if unknown:
            raise RefusedError(f"{path} has {unknown[0]!r}; known: {', '.join((*LISTS, _BUNDLE))}")
    else:
        found: Values = {name: _pages(path, name) for name in LISTS}
        bundle = path / f"{_BUNDLE}.json"
        found[_BUNDLE] = _read(bundle) if bundle.exists() else {}
    for name in LISTS:
        found[name] = _converted(found.get(name, []), list[Values], f"{path}: {name}")
        if not all(isinstance(one.get("id"), int) for one in found[name]):
            raise RefusedError(f"{path}: {name} has an object whose id is no number")
    found[_BUNDLE] = _converted(found.get(_BUNDLE) or {}, Values, f"{path}: {_BUNDLE}")
    if not any(found.values()):
        raise RefusedError(f"{path} holds none of {', '.join(LISTS)}, each as NAME.json")
    return found


def things_in(export: Values) -> Iterator[Thing | Rejected]:
    """Organizations and users first, then tickets with their articles as notes, then answers."""
    for organization in export["organizations"]:
        yield _organization(organization)
    customers = {ticket.get("customer_id") for ticket in export["tickets"]}
    for user in export["users"]:
        if user["id"] in customers or _is_customer(user):
            yield from _user(user)
        else:
            reason = "no customer, and of no ticket: people who work here are not brought"
            yield _rejected("user", user, reason)
    yield from _tickets(export, {user["id"] for user in export["users"]})
    yield from answers(export[_BUNDLE])


def _tickets(export: Values, users: set[int]) -> Iterator[Thing | Rejected]:
    of_ticket: dict[int, list[Values]] = {}
    for article in export["ticket_articles"]:
        of_ticket.setdefault(article.get("ticket_id", 0), []).append(article)
    states = _names(export["ticket_states"], _STATES)
    priorities = _names(export["ticket_priorities"], _PRIORITIES)
    for ticket in export["tickets"]:
        articles = of_ticket.pop(ticket["id"], [])
        if ticket.get("customer_id") not in users:
            yield _rejected("ticket", ticket, f"its user {ticket.get('customer_id')} is not here")
            continue
        yield _ticket(ticket, articles, states, priorities)
    for articles in of_ticket.values():
        for article in articles:
            yield _rejected("ticket_article", article, "its ticket is not here")


def _ticket(
    ticket: Values,
    articles: list[Values],
    states: Mapping[int, str],
    priorities: Mapping[int, str],
) -> Thing:
    state = str(ticket.get("state") or states.get(ticket.get("state_id", 0), ""))
    priority = str(ticket.get("priority") or priorities.get(ticket.get("priority_id", 0), ""))
    said = f"Ticket {ticket.get('number') or ticket['id']}, {state or 'of no state'}, begun "
    said += f"{ticket.get('created_at')}"
    ordered = sorted(articles, key=lambda one: (str(one.get("created_at") or ""), one["id"]))
    return Thing(
        kind="case",
        source_id=f"ticket {ticket['id']}",
        where=f"tickets, id {ticket['id']}",
        given=ticket,
        values={
            "subject": str(ticket.get("title") or "").strip() or f"Ticket {ticket['id']}",
            "severity": _SEVERITIES.get(priority, "medium"),
        },
        whose=Whose(source_id=f"user {ticket['customer_id']}"),
        is_ended=state in _ENDED,
        notes=(said, *map(note_of, ordered)),
    )


def _organization(organization: Values) -> Thing:
    name = str(organization.get("name") or "").strip()
    return Thing(
        kind="customer",
        source_id=f"organization {organization['id']}",
        where=f"organizations, id {organization['id']}",
        given=organization,
        values={"kind": "corporate", "name": name or f"Organization {organization['id']}"},
    )


def _user(user: Values) -> Iterator[Thing | Rejected]:
    points: list[Point] = []
    if email := str(user.get("email") or "").strip():
        points.append(Point("email", email))
    for name in ("phone", "mobile"):
        number = str(user.get(name) or "").strip()
        if number and _NUMBER.fullmatch(number):
            points.append(Point("phone", number))
        elif number:
            reason = f"the {name} {number!r} has no country code; the rest of the user is brought"
            yield _rejected("user", user, reason)
    name = " ".join(str(user.get(part) or "").strip() for part in ("firstname", "lastname")).strip()
    organization = user.get("organization_id")
    yield Thing(
        kind="customer",
        source_id=f"user {user['id']}",
        where=f"users, id {user['id']}",
        given=user,
        values={
            "kind": "individual",
            "name": name or email or str(user.get("login") or user["id"]),
        },
        points=tuple(dict.fromkeys(points)),
        parent=f"organization {organization}" if organization else None,
    )


def _is_customer(user: Values) -> bool:
    return "Customer" in (user.get("roles") or ()) or _CUSTOMER_ROLE_ID in (
        user.get("role_ids") or ()
    )


def _names(lines: list[Values], usual: Mapping[int, str]) -> Mapping[int, str]:
    return {one["id"]: str(one.get("name")) for one in lines} or usual


def _rejected(kind: str, given: Values, reason: str) -> Rejected:
    return Rejected(
        where=f"{kind}s, id {given['id']}", reason=reason, given=given, source_id=f"{given['id']}"
    )


def _pages(folder: Path, name: str) -> list[Values]:
    if not folder.is_dir():
        raise RefusedError(f"{folder} is neither a folder nor a file")
    found: list[Values] = []
    for file in sorted((*folder.glob(f"{name}.json"), *folder.glob(f"{name}-*.json"))):
        found += _converted(_read(file), list[Values], f"{file}: it")
    return found


def _converted(value: Any, kind: type[_Kind], what: str) -> _Kind:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise RefusedError(f"{what} is not what Zammad's API gives: {error}") from error


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise RefusedError(f"{file} cannot be read as JSON: {str(error)[:200]}") from error
