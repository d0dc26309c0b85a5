"""Which case a mail belongs to, decided on values alone."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_core.mail.case_finding import KnownLinks, Naming, Placement, find_cases

NOTHING = KnownLinks({}, {})


def mail(own: str, *references: str, answers: str | None = None) -> Naming:
    return Naming(own, answers, references)


def groups(mails: list[Naming], placements: list[Placement]) -> set[frozenset[str]]:
    moved = {m.from_case: m.into_case for p in placements for m in p.merges}

    def final(case: int) -> int:
        while case in moved:
            case = moved[case]
        return case

    by_case: dict[int, set[str]] = {}
    for one, placement in zip(mails, placements, strict=True):
        by_case.setdefault(final(placement.case), set()).add(one.message_id)
    return {frozenset(group) for group in by_case.values()}


def test_r35_two_mails_with_nothing_in_common_are_two_cases() -> None:
    placements = find_cases([mail("a"), mail("b")], NOTHING)
    assert [p.case for p in placements] == [-1, -2]
    assert {p.rule.value for p in placements} == {"new"}


def test_an_answer_joins_the_case_of_what_it_answers_and_says_by_what() -> None:
    known = KnownLinks({"a": 7}, {})
    [placement] = find_cases([mail("b", answers="a")], known)
    assert (placement.case, placement.rule.value, placement.evidence) == (7, "in_reply_to", "a")


def test_the_nearest_reference_is_the_evidence() -> None:
    known = KnownLinks({"a": 7, "b": 7}, {})
    [placement] = find_cases([mail("c", "a", "b")], known)
    assert (placement.rule.value, placement.evidence) == ("references", "b")


def test_a_parent_that_comes_late_joins_its_children() -> None:
    known = KnownLinks({"child": 7}, {"parent": frozenset({7})})
    [placement] = find_cases([mail("parent")], known)
    assert (placement.case, placement.rule.value) == (7, "referred_to")


def test_two_answers_to_a_mail_that_never_came_are_one_case() -> None:
    placements = find_cases([mail("b", "lost"), mail("c", "lost")], NOTHING)
    assert [p.case for p in placements] == [-1, -1]
    assert placements[1].rule.value == "shared_reference"


def test_a_mail_that_links_two_cases_merges_them_into_the_older() -> None:
    known = KnownLinks({"a": 9, "b": 4}, {})
    [placement] = find_cases([mail("c", "a", "b")], known)
    assert placement.case == 4
    assert [(m.from_case, m.into_case) for m in placement.merges] == [(9, 4)]


def test_r37_a_chain_of_three_merges_ends_in_one_case() -> None:
    known = KnownLinks({"a": 1, "b": 2, "c": 3}, {})
    mails = [mail("x", "b", "c"), mail("y", "a", "b"), mail("z", answers="c")]
    placements = find_cases(mails, known)
    assert placements[-1].case == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_r35_the_order_of_arrival_does_not_matter(order: tuple[int, ...]) -> None:
    conversation = [mail("a"), mail("b", "a"), mail("c", "a", "b"), mail("d", answers="c")]
    mails = [conversation[index] for index in order]
    assert groups(mails, find_cases(mails, NOTHING)) == {frozenset("abcd")}


@given(st.data())
def test_r35_any_order_gives_the_same_conversations(data: st.DataObject) -> None:
    names = st.sampled_from("abcdefgh")
    mails = data.draw(
        st.lists(st.builds(mail, names, names, names), unique_by=lambda m: m.message_id)
    )
    shuffled = data.draw(st.permutations(mails))
    in_order = groups(mails, find_cases(mails, NOTHING))
    assert groups(shuffled, find_cases(shuffled, NOTHING)) == in_order
