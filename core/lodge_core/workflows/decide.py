"""Where a workflow puts an activity. Pure: a workflow and facts in, a queue's name and why out."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from lodge_core.workflows.language import Automatic, Condition, CustomerIs, Workflow
from lodge_core.workflows.link_facts import LinkAnswer, LinkAnswers, Truth, link_holds, links_in
from lodge_core.workflows.link_facts import plain as _plain

OTHERWISE = "otherwise"


class Facts(msgspec.Struct, frozen=True):
    """What conditions ask about: an activity, its first mail, its customer, and what data links
    answered so far."""

    subject: str
    body: str
    sender_address: str
    sender_name: str
    alias: str
    customer_name: str
    earlier_cases: int
    automatic: Automatic
    links: LinkAnswers = msgspec.field(default_factory=dict[str, LinkAnswer])


class NeedsLinks(msgspec.Struct, frozen=True):
    """Nothing can be decided before these links are asked about the activity."""

    names: frozenset[str]


class Placement(msgspec.Struct, frozen=True):
    """The queue by name, the rule that chose it, and what held."""

    queue: str
    rule: str
    why: str


def decide(workflow: Workflow, facts: Facts) -> Placement | NeedsLinks | None:
    """The first rule that holds, else `otherwise`; None when the workflow does not place it.

    A bounce is placed only by a rule that names `automatic: bounce`. Links that a rule needs and
    that `facts` lack are asked for, those of one rule at once.
    """
    is_bounce = facts.automatic is Automatic.BOUNCE
    normal = _normal(facts)
    for rule in workflow.rules:
        if is_bounce and not names_bounce(rule.when):
            continue
        truth, why = _judge(rule.when, normal)
        if truth is Truth.YES:
            return Placement(rule.queue, rule.name, why)
        if truth is Truth.UNASKED:
            return NeedsLinks(links_in(rule.when))
    if workflow.otherwise is None or is_bounce:
        return None
    return Placement(workflow.otherwise, OTHERWISE, "no rule held")


def names_bounce(condition: Condition) -> bool:
    """Whether the condition asks for bounces in so many words."""
    if condition.automatic and Automatic.BOUNCE in condition.automatic:
        return True
    return any(names_bounce(one) for one in (*(condition.all or ()), *(condition.any or ())))


def holds(condition: Condition, facts: Facts) -> str | None:
    """Why the condition holds of facts in normal form, in a few words; None when it does not."""
    truth, why = _judge(condition, facts)
    return why if truth is Truth.YES else None


def _judge(condition: Condition, facts: Facts) -> tuple[Truth, str]:
    """Whether the condition holds, and why; of several lines, one that is false decides."""
    found: list[tuple[Truth, str]] = []
    for name, test in _TESTS.items():
        wanted = getattr(condition, name)
        if wanted is not None:
            why = test(wanted, facts)
            if why is None:
                return _NO
            found.append((Truth.YES, f"{name}: {why}"))
    for one in condition.all or ():
        found.append(_judge(one, facts))
        if found[-1][0] is Truth.NO:
            return _NO
    if condition.any is not None:
        found.append(_one_of(condition.any, facts))
    if condition.not_ is not None:
        truth, _ = _judge(condition.not_, facts)
        found.append((_OPPOSITES.get(truth, truth), "not"))
    if condition.link is not None:
        truth, why = link_holds(condition.link, facts.links)
        found.append((truth, f"link: {why}"))
    truths = {truth for truth, _ in found}
    for truth in (Truth.NO, Truth.UNASKED, Truth.UNKNOWN):
        if truth in truths:
            return truth, ""
    return Truth.YES, ", ".join(why for _, why in found if why)


def _one_of(conditions: Iterable[Condition], facts: Facts) -> tuple[Truth, str]:
    """Whether one of them holds; what is not known yet matters only where none does."""
    best = _NO
    for one in conditions:
        found = _judge(one, facts)
        if found[0] is Truth.YES:
            return found
        if found[0] is Truth.UNASKED or best[0] is Truth.NO:
            best = found
    return best


_NO = (Truth.NO, "")
_OPPOSITES = {Truth.YES: Truth.NO, Truth.NO: Truth.YES}
_Test = Callable[[object, Facts], str | None]


def _contains(text: Callable[[Facts], str]) -> Callable[[tuple[str, ...], Facts], str | None]:
    return lambda wanted, facts: next((one for one in wanted if _plain(one) in text(facts)), None)


def _has_word(text: Callable[[Facts], str]) -> Callable[[tuple[str, ...], Facts], str | None]:
    return lambda wanted, facts: next(
        (one for one in wanted if _word(_plain(one)).search(text(facts))), None
    )


def _is(text: Callable[[Facts], str]) -> Callable[[tuple[str, ...], Facts], str | None]:
    return lambda wanted, facts: next((one for one in wanted if _plain(one) == text(facts)), None)


def _domain(wanted: tuple[str, ...], facts: Facts) -> str | None:
    domain = "." + facts.sender_address.rpartition("@")[2]
    return next((one for one in wanted if domain.endswith("." + _plain(one).lstrip("@."))), None)


def _customer(wanted: CustomerIs, facts: Facts) -> str | None:
    is_known = facts.earlier_cases > 0
    return wanted.value if is_known is (wanted is CustomerIs.KNOWN) else None


def _cases(wanted: int, facts: Facts) -> str | None:
    return str(facts.earlier_cases) if facts.earlier_cases >= wanted else None


def _automatic(wanted: Iterable[Automatic], facts: Facts) -> str | None:
    return facts.automatic.value if facts.automatic in wanted else None


def _always(wanted: bool, facts: Facts) -> str | None:
    return "true" if wanted else None


_TESTS: dict[str, Callable[..., str | None]] = {
    "sender_is": _is(lambda facts: facts.sender_address),
    "sender_domain": _domain,
    "sender_contains": _contains(lambda facts: f"{facts.sender_name} <{facts.sender_address}>"),
    "subject_contains": _contains(lambda facts: facts.subject),
    "subject_has_word": _has_word(lambda facts: facts.subject),
    "body_contains": _contains(lambda facts: facts.body),
    "body_has_word": _has_word(lambda facts: facts.body),
    "alias": _is(lambda facts: facts.alias),
    "customer": _customer,
    "customer_name_contains": _contains(lambda facts: facts.customer_name),
    "earlier_cases_at_least": _cases,
    "automatic": _automatic,
    "always": _always,
}


def _normal(facts: Facts) -> Facts:
    return msgspec.structs.replace(
        facts,
        subject=_plain(facts.subject),
        body=_plain(facts.body),
        sender_address=_plain(facts.sender_address),
        sender_name=_plain(facts.sender_name),
        alias=_plain(facts.alias),
        customer_name=_plain(facts.customer_name),
    )


@lru_cache(maxsize=1024)
def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
