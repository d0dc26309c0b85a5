"""Workflows that ask data links: a mail is routed by what a source says of its customer, and a
source that is slow, down or broken delays and misleads nobody."""

from collections.abc import Generator
from typing import Any

import pytest
from sqlalchemy import select

from fixtures.waiting import soon
from fixtures.workplace import Workplace, at
from links.used_links import UsedLinks, used_links
from lodge_core.routing.explain import explain
from lodge_core.workflows import engine
from lodge_core.workflows.link_asking import AT_ONCE, LinkAsking
from lodge_platform.schema.active import ActivityEvent, LinkCall
from lodge_platform.vocabulary import ActivityStatus

GOLD = """\
  - name: gold
    when: {link: {name: customer_lookup, field: tier, is: gold}}
    queue: Refunds
"""
SCORE = """\
  - name: dear
    when: {all: [{subject_contains: order}, {link: {name: score, field: score, at_least: 50%s}}]}
    queue: Refunds
"""


@pytest.fixture
def used(workplace: Workplace) -> Generator[UsedLinks]:
    """Links of a workplace, once on each engine."""
    with used_links(workplace) as used:
        yield used


def placed(used: UsedLinks, activity_id: int) -> tuple[str, str | None, str]:
    """Queue, rule and detail of the activity's last queueing."""
    rows = used.place.rows(
        select(ActivityEvent.payload)
        .where(
            ActivityEvent.activity_id == activity_id, ActivityEvent.type_code == "activity_queued"
        )
        .order_by(ActivityEvent.event_id)
    )
    payload: dict[str, Any] = rows[-1].payload
    names = {key: name for name, key in used.place.queues.items()}
    return names[payload["queue_id"]], payload["rule"], payload["detail"]


def test_a_mail_is_routed_by_the_tier_that_a_source_says_its_customer_has(used: UsedLinks) -> None:
    used.shop((7, "ada@example.org", "gold", "12.50"), (8, "joe@example.org", "silver", None))
    used.workflow(GOLD)
    gold = used.place.mail(from_address="ada@example.org")
    silver = used.place.mail(from_address="joe@example.org")
    unknown = used.place.mail(from_address="eve@example.org")

    assert engine.tick(used.place.lodge, at(1)) == engine.Queued(3, 0, 0)

    version = used.links.described()[0].version
    assert placed(used, gold) == (
        "Refunds",
        "gold",
        f"link: customer_lookup.tier is gold; asked customer_lookup {version}: tier gold",
    )
    assert placed(used, silver)[:2] == ("General", "otherwise")
    assert placed(used, silver)[2].endswith(f"asked customer_lookup {version}: tier silver")
    assert placed(used, unknown)[2].endswith(f"asked customer_lookup {version}: no row")
    said = [line.said for line in explain(used.place.lodge, gold, now=at(2))]
    assert f"was placed in Refunds by workflow triage, rule gold: {placed(used, gold)[2]}" in said
    assert used.place.differences() == []


def test_the_call_of_a_workflow_stands_in_the_journal_with_its_activity(used: UsedLinks) -> None:
    used.shop((7, "ada@example.org", "gold", None))
    used.workflow(GOLD)
    activity_id = used.place.mail(from_address="ada@example.org")
    engine.tick(used.place.lodge, at(1))

    def journal() -> list[Any]:
        return list(used.place.rows(select(LinkCall.__table__)))

    assert soon(lambda: len(journal()) == 1)
    [call] = journal()
    assert (call.link, call.caller_kind, call.outcome) == (
        "customer_lookup",
        "workflow",
        "answered",
    )
    assert (call.activity_id, call.department_id) == (activity_id, used.place.department_id)


def test_only_what_a_rule_in_reach_needs_is_asked(used: UsedLinks) -> None:
    used.service("score", used.slow.where)
    used.workflow(SCORE % "")
    used.place.mail(subject="Opening hours")
    assert engine.tick(used.place.lodge, at(1)) == engine.Queued(1, 0, 0)
    assert used.slow.received == []


def test_a_slow_source_delays_only_the_activities_that_need_it(used: UsedLinks) -> None:
    used.service("score", used.slow.where)
    used.workflow(SCORE % "")
    asking = LinkAsking(used.place.lodge)
    slow = used.place.mail(subject="An order", from_address="ada@example.org")
    others = [used.place.mail(subject="Opening hours") for _ in range(3)]

    assert engine.tick(used.place.lodge, at(1), asking) == engine.Queued(3, 0, 0, asking=1)
    assert [placed(used, key)[0] for key in others] == ["General"] * 3
    assert used.place.activity(slow).status is ActivityStatus.NEW
    later = used.place.mail(subject="Opening hours")
    assert engine.tick(used.place.lodge, at(2), asking) == engine.Queued(1, 0, 0, asking=1)
    assert placed(used, later)[0] == "General"
    assert soon(lambda: len(used.slow.received) == 1)

    used.gate.set()
    assert soon(lambda: engine.tick(used.place.lodge, at(3), asking).asking == 0)
    engine.tick(used.place.lodge, at(4), asking)
    assert placed(used, slow)[:2] == ("Refunds", "dear")
    assert len(used.slow.received) == 1
    asking.close()


def test_one_slow_link_does_not_hold_up_what_another_link_answers(used: UsedLinks) -> None:
    used.service("score", used.slow.where)
    used.shop((7, "ada@example.org", "gold", None))
    used.workflow(SCORE % "" + GOLD)
    asking = LinkAsking(used.place.lodge)
    slow = [used.place.mail(subject=f"Order {number}") for number in range(AT_ONCE + 5)]
    gold = used.place.mail(subject="Hello", from_address="ada@example.org")

    def is_placed() -> bool:
        engine.tick(used.place.lodge, at(1), asking)
        return used.place.activity(gold).status is ActivityStatus.QUEUED

    assert soon(is_placed)
    assert placed(used, gold)[:2] == ("Refunds", "gold")
    assert soon(lambda: len(used.slow.received) >= 1)
    assert len(used.slow.received) <= AT_ONCE
    assert {used.place.activity(key).status for key in slow} == {ActivityStatus.NEW}
    asking.close()


def test_a_source_that_does_not_answer_in_time_gives_the_default(used: UsedLinks) -> None:
    used.service("score", used.slow.where, seconds=0.2)
    used.workflow(SCORE % ", unless_answered: 60")
    activity_id = used.place.mail(subject="Order")
    engine.tick(used.place.lodge, at(1))
    queue, rule, detail = placed(used, activity_id)
    assert (queue, rule) == ("Refunds", "dear")
    assert "link: score.score at least 50 by default" in detail
    assert f"asked score without an answer: {used.slow.where}" in detail


@pytest.mark.parametrize(
    ("when", "queue"),
    [
        ("{link: {name: score, field: score, at_least: 50}}", "General"),
        ("{not: {link: {name: score, field: score, at_least: 50}}}", "General"),
        ("{link: {name: score, has_rows: false}}", "General"),
        ("{link: {name: score, answered: false}}", "Refunds"),
        ("{not: {link: {name: score, answered: true}}}", "Refunds"),
        (
            "{not: {link: {name: score, field: score, at_least: 50, unless_answered: 0}}}",
            "Refunds",
        ),
    ],
)
def test_r90_of_a_source_that_is_down_nothing_is_concluded_but_what_is_said(
    used: UsedLinks, when: str, queue: str
) -> None:
    used.service("score", used.down)
    used.workflow(f"  - name: one\n    when: {when}\n    queue: Refunds\n")
    activity_id = used.place.mail(subject="Order")
    engine.tick(used.place.lodge, at(1))
    assert placed(used, activity_id)[0] == queue
    assert f"asked score without an answer: {used.down}" in placed(used, activity_id)[2]


def test_what_a_link_cannot_be_asked_with_is_no_answer(used: UsedLinks) -> None:
    text = used.folder / "customer_lookup.yaml"
    used.shop((7, "ada@example.org", "gold", None))
    used.write(
        "customer_lookup.yaml",
        text.read_text("utf-8").replace("customer.address", "customer.attribute.shop_address"),
    )
    used.workflow(GOLD.replace("is: gold", "is: gold, unless_answered: gold"))
    activity_id = used.place.mail(from_address="ada@example.org")
    engine.tick(used.place.lodge, at(1))
    queue, _, detail = placed(used, activity_id)
    assert queue == "Refunds"
    assert "asked customer_lookup without an answer: parameter email is missing" in detail


def test_an_older_answer_that_stands_in_is_named_in_the_book(used: UsedLinks) -> None:
    cache = "cache: {seconds: 10, stale_if_error_seconds: 3600}\n"
    used.service("score", used.slow.where, more=cache)
    used.workflow(SCORE % "")
    used.gate.set()
    first = used.place.mail(subject="Order", from_address="ada@example.org")
    engine.tick(used.place.lodge, at(1))
    assert placed(used, first)[2].endswith("score 70")
    again = used.place.mail(subject="Order", from_address="ada@example.org")
    engine.tick(used.place.lodge, at(2))
    assert placed(used, again)[2].endswith("score 70, from cache")
    used.slow.answer = lambda _request: (503, {}, b"")
    last = used.place.mail(subject="Order", from_address="ada@example.org")
    engine.tick(used.place.lodge, at(60))
    assert placed(used, last)[0] == "Refunds"
    assert placed(used, last)[2].endswith("score 70, from cache, stale: the source did not answer")


def test_a_workflow_whose_link_is_gone_still_places_everything(used: UsedLinks) -> None:
    used.shop((7, "ada@example.org", "gold", None))
    used.workflow(GOLD)
    (used.folder / "customer_lookup.yaml").unlink()
    used.links.library.refresh()
    activity_id = used.place.mail(from_address="ada@example.org")
    engine.tick(used.place.lodge, at(1))
    queue, _, detail = placed(used, activity_id)
    assert queue == "General"
    assert "without an answer: no link 'customer_lookup'" in detail


def test_personal_values_stay_out_of_the_book(used: UsedLinks) -> None:
    used.shop((7, "ada@example.org", "gold", None))
    used.workflow(GOLD.replace("tier, is: gold", "name, contains: customer"))
    activity_id = used.place.mail(from_address="ada@example.org")
    engine.tick(used.place.lodge, at(1))
    queue, _, detail = placed(used, activity_id)
    assert queue == "Refunds"
    assert "<b>" not in detail
    assert "name (not shown: personal)" in detail


def test_hundreds_of_activities_are_asked_about_a_few_at_a_time(used: UsedLinks) -> None:
    used.shop((7, "ada@example.org", "gold", None))
    used.workflow(GOLD)
    keys = [used.place.mail(from_address="ada@example.org") for _ in range(250)]
    assert engine.tick(used.place.lodge, at(1)).queued == 250
    queues = {used.place.activity(key).queue_id for key in keys}
    assert queues == {used.place.queues["Refunds"]}
