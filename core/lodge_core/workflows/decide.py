"""Where a workflow puts an activity. Pure: a workflow and facts in, a queue's name and why out."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from lodge_core.workflows.language import Automatic, Condition, CustomerIs, Workflow

OTHERWISE = "otherwise"
_SPACE = re.compile(r"\s+")


class Facts(msgspec.Struct, frozen=True):
    """What conditions ask about: an activity, its first mail and its customer."""

    subject: str
    body: str
    sender_address: str
    sender_name: str
    alias: str
    customer_name: str
    earlier_cases: int
    automatic: Automatic


class Placement(msgspec.Struct, frozen=True):
    """The queue by name, the rule that chose it, and what held."""

    queue: str
    rule: str
    why: str


def decide(workflow: Workflow, facts: Facts) -> Placement | None:
    """The first rule that holds, else `otherwise`; None when the workflow does not place it.

    A bounce is placed only by a rule that names `automatic: bounce`.
    """
    is_bounce = facts.automatic is Automatic.BOUNCE
    normal = _normal(facts)
    for rule in workflow.rules:
        if is_bounce and not names_bounce(rule.when):
            continue
        if why := holds(rule.when, normal):
            return Placement(rule.queue, rule.name, why)
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
    whys: list[str] = []
    for name, test in _TESTS.items():
        wanted = getattr(condition, name)
        if wanted is None:
            continue
        why = test(wanted, facts)
        if why is None:
            return None
        whys.append(f"{name}: {why}")
    if condition.all is not None:
        found = [holds(one, facts) for one in condition.all]
        if None in found:
            return None
        whys += [why for why in found if why]
    if condition.any is not None:
        first = next((why for one in condition.any if (why := holds(one, facts))), None)
        if first is None:
            return None
        whys.append(first)
    if condition.not_ is not None:
        if holds(condition.not_, facts):
            return None
        whys.append("not")
    return ", ".join(whys)


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


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).strip().casefold()


@lru_cache(maxsize=1024)
def _word(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
