"""Which case a mail belongs to, from the Message-IDs it names. Pure.

Two mails are one conversation when one names the other, or both name a third, whether or not
that third has come yet. So the order in which mails come does not matter: a parent that comes
late joins its children, and a mail that links two cases merges them. But cases that people told
apart, by calling them related, stay two: the mail joins the one that the strongest evidence names.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec


class ThreadingRule(StrEnum):
    """Why a message is in its case."""

    NEW = "new"
    IN_REPLY_TO = "in_reply_to"
    REFERENCES = "references"
    SAME_MESSAGE_ID = "same_message_id"
    REFERRED_TO = "referred_to"
    SHARED_REFERENCE = "shared_reference"
    ANSWER = "answer"


class Naming(msgspec.Struct, frozen=True):
    """The Message-IDs one mail names: its own, and those it refers to, nearest last."""

    message_id: str
    in_reply_to: str | None
    references: Sequence[str]


class KnownLinks(msgspec.Struct, frozen=True):
    """What the store knows of the ids that a group of mails names, within one department."""

    case_of_message: Mapping[str, int]
    case_referring: Mapping[str, frozenset[int]]
    apart: frozenset[frozenset[int]] = frozenset()


class Merge(msgspec.Struct, frozen=True):
    """Two cases turned out to be one: `from_case` goes into `into_case`."""

    from_case: int
    into_case: int


class Placement(msgspec.Struct, frozen=True):
    """Where a mail belongs. A negative `case` is one that this group opens: -1 for the first."""

    case: int
    rule: ThreadingRule
    evidence: str | None
    merges: tuple[Merge, ...] = ()


def find_cases(mails: Sequence[Naming], known: KnownLinks) -> list[Placement]:
    """One placement for each mail, in their order; later ones see what earlier ones opened.

    Cases given are those at the time of that mail: a later placement's merges may move them on.
    """
    of_message = dict(known.case_of_message)
    referring = {name: set(cases) for name, cases in known.case_referring.items()}
    moved: dict[int, int] = {}
    placements: list[Placement] = []
    opened = 0

    def now_in(case: int) -> int:
        while case in moved:
            case = moved[case]
        return case

    for mail in mails:
        links = [
            (now_in(case), rule, name) for case, rule, name in _links(mail, of_message, referring)
        ]
        if links:
            strongest, rule, evidence = links[0]
            apart = {frozenset(map(now_in, pair)) for pair in known.apart}
            case, *others = _together(strongest, {case for case, _, _ in links}, apart)
            merges = tuple(Merge(other, case) for other in others)
            moved.update({merge.from_case: case for merge in merges})
            placement = Placement(case, rule, evidence, merges)
        else:
            opened += 1
            placement = Placement(-opened, ThreadingRule.NEW, None)
        placements.append(placement)
        of_message.setdefault(mail.message_id, placement.case)
        for name in _named(mail):
            referring.setdefault(name, set()).add(placement.case)
    return placements


def _together(strongest: int, cases: set[int], apart: set[frozenset[int]]) -> list[int]:
    """The cases that are one with the strongest, the oldest first."""
    one = [strongest]
    for case in sorted(cases - {strongest}, key=_oldest_first):
        if not any(frozenset((case, other)) in apart for other in one):
            one.append(case)
    return sorted(one, key=_oldest_first)


def _links(
    mail: Naming, of_message: Mapping[str, int], referring: Mapping[str, set[int]]
) -> list[tuple[int, ThreadingRule, str]]:
    """Every case the mail has to do with, the strongest evidence first."""
    links: list[tuple[int, ThreadingRule, str]] = []
    for name in reversed(_named(mail)):
        if name in of_message:
            is_direct = name == mail.in_reply_to
            rule = ThreadingRule.IN_REPLY_TO if is_direct else ThreadingRule.REFERENCES
            links.append((of_message[name], rule, name))
    if mail.message_id in of_message:
        same = ThreadingRule.SAME_MESSAGE_ID
        links.append((of_message[mail.message_id], same, mail.message_id))
    for case in sorted(referring.get(mail.message_id, ())):
        links.append((case, ThreadingRule.REFERRED_TO, mail.message_id))
    for name in reversed(_named(mail)):
        for case in sorted(referring.get(name, ())):
            links.append((case, ThreadingRule.SHARED_REFERENCE, name))
    return links


def _named(mail: Naming) -> list[str]:
    names = list(mail.references)
    if mail.in_reply_to and mail.in_reply_to not in names:
        names.append(mail.in_reply_to)
    return names


def _oldest_first(case: int) -> tuple[bool, int]:
    return (case < 0, abs(case))
