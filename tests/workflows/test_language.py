"""The workflow language: what is refused, with line and allowed values; what conditions mean."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_core.workflows.decide import Facts, Placement, decide, holds
from lodge_core.workflows.language import Automatic, Condition
from lodge_core.workflows.reading import read_workflow
from lodge_platform.errors import RefusedError

HEAD = "name: triage\nkind: inbound\ndepartment: Care\n"
FACTS = Facts(
    subject="Refund for order 1842",
    body="Where is my\n  money?",
    sender_address="ada@mail.example.org",
    sender_name="Ada Byron",
    alias="support@lodge.test",
    customer_name="Ada Byron",
    earlier_cases=2,
    automatic=Automatic.NONE,
)


def rule(when: str) -> str:
    """A workflow of one rule."""
    return f"{HEAD}rules:\n  - name: one\n    when: {when}\n    queue: Q\n"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "w.yaml is empty"),
        ("- a", "line 1: a list where entries are wanted; allowed: name, kind"),
        ("name: [oops\nkind: x", "line 2: not YAML"),
        ("name: a\nname: b\n", "line 2: 'name' is given twice"),
        ("name: triage\n", "line 1: 'kind' is missing"),
        (HEAD, "line 1: the workflow places nothing"),
        (HEAD.replace("inbound", "outbound"), r"line 2: kind: 'outbound' is not allowed"),
        (HEAD.replace("kind: inbound", "kind:"), "line 2: kind: nothing is written here"),
        (HEAD + "roles: []\n", r"line 4: unknown entry 'roles'; did you mean 'rules'\?"),
        (HEAD + "otherwise: [a]\n", "line 4: otherwise: a list where one value is wanted"),
        (HEAD + "position: -1\notherwise: Q\n", "line 4: position: '-1' is not allowed; allowed"),
        (HEAD + "active: maybe\notherwise: Q\n", "line 4: active: 'maybe' .* true, false"),
        (HEAD + "rules: all\n", "line 4: rules: 'all' where a list is wanted"),
        (rule("{subject_contain: x}"), r"line 6: .*'subject_contain'; did you mean 'subject_cont"),
        (rule("{customer: old}"), "line 6: .*customer: 'old' is not allowed; allowed: known, new"),
        (rule("{automatic: bounces}"), r"automatic: 'bounces' .* did you mean 'bounce'\?"),
        (rule("{earlier_cases_at_least: many}"), "whole numbers from 1 to 100"),
        (rule("{always: false}"), "never holds"),
        (rule("{always: true, alias: a@b}"), "stands alone"),
        (rule("&x {always: true}"), "line 6: anchors and references are not allowed"),
        (rule("[" * 60), "line 6: nested more than 40 deep"),
        ("name: !!python/object:os.system x\n", "line 1: 'kind' is missing"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(document: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        read_workflow(document, "w.yaml")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{}", "the condition is empty; to place every activity write `always: true`"),
        ("", "nothing is written here"),
        ("{all: []}", "all: the list is empty"),
        ("{any: [{}]}", r"any\[0\]: the condition is empty"),
        ("{not: {}}", "not: the condition is empty"),
        ("{subject_contains: []}", "subject_contains: the list is empty"),
        ("{subject_contains: ''}", "subject_contains: the text is empty"),
        ("{subject_contains: ['  ']}", r"subject_contains\[0\]: the text is empty"),
        ("{subject_contains: [refund, ]}", None),
    ],
)
def test_r90_an_empty_condition_is_refused_and_never_a_catch_all(
    when: str, said: str | None
) -> None:
    if said is None:
        assert read_workflow(rule(when)).rules
        return
    with pytest.raises(RefusedError, match=said):
        read_workflow(rule(when))


def test_two_rules_of_one_name_are_refused() -> None:
    document = rule("{always: true}") + "  - {name: one, when: {always: true}, queue: Q}\n"
    with pytest.raises(RefusedError, match=r"line 8: rules\[1\]: a rule named 'one' is above"):
        read_workflow(document)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(document: str) -> None:
    with suppress(RefusedError):
        read_workflow(document)


@pytest.mark.parametrize(
    ("when", "is_true"),
    [
        ("{sender_is: ADA@mail.example.org}", True),
        ("{sender_is: ada@example.org}", False),
        ("{sender_domain: example.org}", True),
        ("{sender_domain: ample.org}", False),
        ("{sender_domain: '@mail.example.org'}", True),
        ("{sender_contains: byron}", True),
        ("{subject_contains: [money back, REFUND]}", True),
        ("{subject_contains: fund}", True),
        ("{subject_has_word: fund}", False),
        ("{subject_has_word: order 1842}", True),
        ("{body_contains: my money}", True),
        ("{body_has_word: mone}", False),
        ("{alias: Support@Lodge.test}", True),
        ("{alias: sales@lodge.test}", False),
        ("{customer: known}", True),
        ("{customer: new}", False),
        ("{customer_name_contains: ada}", True),
        ("{earlier_cases_at_least: 2}", True),
        ("{earlier_cases_at_least: 3}", False),
        ("{automatic: none}", True),
        ("{automatic: [list, bulk]}", False),
        ("{always: true}", True),
        ("{subject_contains: refund, customer: new}", False),
        ("{all: [{subject_contains: refund}, {customer: known}]}", True),
        ("{all: [{subject_contains: refund}, {customer: new}]}", False),
        ("{any: [{subject_contains: nothing}, {customer: known}]}", True),
        ("{any: [{subject_contains: nothing}, {customer: new}]}", False),
        ("{not: {customer: new}}", True),
        ("{not: {subject_contains: refund}}", False),
        ("{not: {any: [{customer: new}, {not: {alias: support@lodge.test}}]}}", True),
    ],
)
def test_a_condition_means_what_it_says(when: str, is_true: bool) -> None:
    placement = decide(read_workflow(rule(when)), FACTS)
    assert (placement is not None) is is_true


def test_only_a_rule_that_names_bounces_places_one() -> None:
    bounce = msgspec.structs.replace(FACTS, automatic=Automatic.BOUNCE)
    catching = rule("{always: true}") + "otherwise: R\n"
    assert decide(read_workflow(catching), bounce) is None
    named = rule("{all: [{automatic: [bounce]}, {subject_contains: refund}]}")
    found = decide(read_workflow(named), bounce)
    assert isinstance(found, Placement)
    assert (found.queue, found.rule) == ("Q", "one")


conditions = st.recursive(
    st.sampled_from(
        [
            Condition(subject_contains=("refund",)),
            Condition(subject_contains=("nothing",)),
            Condition(always=True),
            Condition(earlier_cases_at_least=3),
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: Condition(all=tuple(some))),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: Condition(any=tuple(some))),
        inner.map(lambda one: Condition(not_=one)),
    ),
    max_leaves=8,
)
normal = Facts("refund", "", "", "", "", "", 0, Automatic.NONE)


def truth(condition: Condition) -> bool:
    """What the condition means, by the words of the language alone."""
    if condition.all is not None:
        return all(truth(one) for one in condition.all)
    if condition.any is not None:
        return any(truth(one) for one in condition.any)
    if condition.not_ is not None:
        return not truth(condition.not_)
    return condition.always is True or condition.subject_contains == ("refund",)


@given(conditions)
def test_all_any_and_not_combine_as_in_logic(condition: Condition) -> None:
    assert bool(holds(condition, normal)) is truth(condition)
