"""The condition `link:` of workflows: what is refused, and what it means when nobody answers."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_core.workflows.decide import Facts, NeedsLinks, Placement, decide
from lodge_core.workflows.language import Automatic
from lodge_core.workflows.link_checks import fields_wanted
from lodge_core.workflows.link_facts import LinkAnswer, evidence
from lodge_core.workflows.reading import read_workflow
from lodge_platform.errors import RefusedError

HEAD = "name: triage\nkind: inbound\ndepartment: Care\n"
FACTS = Facts("Order 7", "", "ada@example.org", "Ada", "", "Ada", 0, Automatic.NONE)
FIELDS = frozenset({"tier", "spent", "tags", "since", "vip"})
ROW: dict[str, Any] = {
    "tier": "Gold  Plus",
    "spent": Decimal("12.50"),
    "tags": ["loud", "dear"],
    "since": None,
    "vip": True,
}


def rule(when: str) -> str:
    """A workflow of one rule."""
    return f"{HEAD}rules:\n  - name: one\n    when: {when}\n    queue: Q\n"


def decided(when: str, **links: LinkAnswer) -> Placement | NeedsLinks | None:
    """What the one rule makes of an activity about which these links answered."""
    return decide(read_workflow(rule(when)), msgspec.structs.replace(FACTS, links=links))


def answer(*rows: dict[str, Any], **more: Any) -> LinkAnswer:
    """An answer with these rows."""
    return LinkAnswer(rows=rows, fields=FIELDS, version="9f86d081884c", **more)


DOWN = LinkAnswer(why="shop:443 is down")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("{}", "line 6: .*when.link: 'name' is missing"),
        ("{name: shop}", "what is asked of the link is missing; allowed: is, contains, at_least"),
        ("{name: shop, field: a, is: x, at_least: 1}", "one of them, not is and at_least"),
        ("{name: shop, is: x}", "`is` looks at a value; give its `field`"),
        ("{name: shop, field: a, answered: true}", "`answered` looks at no value; remove `field`"),
        ("{name: shop, has_rows: true, unless_answered: x}", "`has_rows` has none"),
        ("{name: shop, field: a, at_least: many}", "at_least: 'many' is not allowed"),
        ("{name: shop, field: a, at_least: 1, unless_answered: gold}", "compares numbers"),
        ("{name: shop, field: a, is: []}", "is: the list is empty"),
        ("{name: shop, field: a, equals: x}", "unknown entry 'equals'; allowed"),
        ("shop", "'shop' where entries are wanted"),
    ],
)
def test_a_bad_question_to_a_link_is_refused_with_its_line(link: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        read_workflow(rule(f"{{link: {link}}}"), "w.yaml")


@pytest.mark.parametrize(
    ("link", "is_true"),
    [
        ("field: tier, is: gold plus", True),
        ("field: tier, is: [silver, GOLD PLUS]", True),
        ("field: tier, is: gold", False),
        ("field: tier, contains: gold", True),
        ("field: tier, contains: [iron, old  plus]", True),
        ("field: spent, is: 12.5", True),
        ("field: spent, is: 12.50", True),
        ("field: spent, is: 12", False),
        ("field: spent, at_least: 12.5", True),
        ("field: spent, at_least: 12.51", False),
        ("field: spent, at_most: 12.5", True),
        ("field: spent, at_most: -1", False),
        ("field: tags, is: dear", True),
        ("field: tags, is: cheap", False),
        ("field: vip, is: true", True),
        ("field: vip, is: [false]", False),
        ("field: since, is: x", False),
        ("field: since, is: x, unless_answered: x", True),
        ("field: tier, is: x, unless_answered: x", False),
        ("has_rows: true", True),
        ("has_rows: false", False),
        ("answered: true", True),
        ("answered: false", False),
    ],
)
def test_a_question_to_a_link_means_what_it_says(link: str, is_true: bool) -> None:
    when = f"{{link: {{name: shop, {link}}}}}"
    assert isinstance(decided(when, shop=answer(ROW)), Placement) is is_true
    opposite = decided(f"{{not: {when}}}", shop=answer(ROW))
    assert isinstance(opposite, Placement) is not is_true


def test_of_several_rows_one_must_fit() -> None:
    rows = ({**ROW, "tier": "silver"}, {**ROW, "tier": "gold"})
    when = "{link: {name: shop, field: tier, is: gold}}"
    assert isinstance(decided(when, shop=answer(*rows)), Placement)
    assert decided(when, shop=answer()) is None
    default = "{link: {name: shop, field: tier, is: gold, unless_answered: gold}}"
    found = decided(default, shop=answer())
    assert isinstance(found, Placement)
    assert found.why == "link: shop.tier is gold by default"


GOLD = "{link: {name: shop, field: tier, is: gold}}"


@pytest.mark.parametrize(
    ("when", "outcome"),
    [
        (GOLD, None),
        (f"{{not: {GOLD}}}", None),
        (f"{{not: {{not: {GOLD}}}}}", None),
        (f"{{any: [{GOLD}, {{subject_contains: order}}]}}", "Q"),
        (f"{{any: [{GOLD}, {{subject_contains: refund}}]}}", None),
        (f"{{not: {{any: [{GOLD}, {{subject_contains: refund}}]}}}}", None),
        (f"{{not: {{any: [{GOLD}, {{subject_contains: order}}]}}}}", None),
        (f"{{not: {{all: [{GOLD}, {{subject_contains: refund}}]}}}}", "Q"),
        (f"{{not: {{all: [{GOLD}, {{subject_contains: order}}]}}}}", None),
        ("{link: {name: shop, answered: false}}", "Q"),
        ("{link: {name: shop, has_rows: false}}", None),
        ("{not: {link: {name: shop, has_rows: true}}}", None),
        ("{link: {name: shop, field: tier, is: gold, unless_answered: gold}}", "Q"),
        ("{not: {link: {name: shop, field: tier, is: gold, unless_answered: tin}}}", "Q"),
        ("{link: {name: shop, field: spent, at_least: 5, unless_answered: 4.9}}", None),
    ],
)
def test_r90_a_source_that_is_down_is_no_catch_all(when: str, outcome: str | None) -> None:
    found = decided(when, shop=DOWN)
    assert (found.queue if isinstance(found, Placement) else found) == outcome


@pytest.mark.parametrize(
    ("when", "names"),
    [
        (GOLD, {"shop"}),
        (f"{{not: {GOLD}}}", {"shop"}),
        (f"{{all: [{{subject_contains: order}}, {GOLD}]}}", {"shop"}),
        (f"{{all: [{GOLD}, {{subject_contains: refund}}]}}", None),
        (f"{{any: [{GOLD}, {{subject_contains: order}}]}}", None),
        (f"{{any: [{GOLD}, {{link: {{name: score, answered: true}}}}]}}", {"shop", "score"}),
    ],
)
def test_a_link_is_asked_only_where_the_answer_matters(when: str, names: set[str] | None) -> None:
    found = decided(when)
    assert (set(found.names) if isinstance(found, NeedsLinks) else None) == names


conditions = st.recursive(
    st.sampled_from(
        [
            GOLD,
            "{link: {name: shop, has_rows: true}}",
            "{subject_contains: order}",
            "{subject_contains: refund}",
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: f"{{all: [{', '.join(some)}]}}"),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: f"{{any: [{', '.join(some)}]}}"),
        inner.map(lambda one: f"{{not: {one}}}"),
    ),
    max_leaves=6,
)


@given(conditions)
def test_what_holds_of_a_silent_source_holds_whatever_it_would_have_said(when: str) -> None:
    gold, tin = answer({**ROW, "tier": "gold"}), answer({**ROW, "tier": "tin"})
    outcomes = [isinstance(decided(when, shop=one), Placement) for one in (gold, tin, answer())]
    if isinstance(decided(when, shop=DOWN), Placement):
        assert all(outcomes)
    if isinstance(decided(f"{{not: {when}}}", shop=DOWN), Placement):
        assert not any(outcomes)


@given(conditions)
def test_what_is_decided_before_a_link_is_asked_stands_after_it(when: str) -> None:
    before = decided(when)
    if isinstance(before, NeedsLinks):
        assert before.names == {"shop"}
        assert not isinstance(decided(when, shop=DOWN), NeedsLinks)
    else:
        same = isinstance(decided(when, shop=answer(ROW)), Placement)
        assert same is isinstance(before, Placement)


def test_what_was_asked_is_told_in_words() -> None:
    kept = answer(ROW, is_from_cache=True, withheld=frozenset({"tier"}))
    assert evidence({"shop": DOWN, "club": kept}) == (
        "asked club 9f86d081884c: since nothing, spent 12.50, tags loud and dear, "
        "tier (not shown: personal), vip true, from cache; "
        "asked shop without an answer: shop:443 is down"
    )


def test_the_links_that_workflows_need_are_found_with_their_fields() -> None:
    one = read_workflow(rule(f"{{any: [{GOLD}, {{link: {{name: score, answered: true}}}}]}}"))
    other = read_workflow(rule("{not: {link: {name: shop, field: spent, at_most: 3}}}"))
    assert fields_wanted([one, other]) == {
        "shop": frozenset({"tier", "spent"}),
        "score": frozenset(),
    }
