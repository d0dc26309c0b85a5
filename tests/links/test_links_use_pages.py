"""Panels in the console: who is shown which, and what they say when a source does not answer."""

import threading
from collections.abc import Generator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from fixtures.waiting import soon
from fixtures.workplace import Workplace
from links.used_links import UsedLinks, used_links
from lodge_core.console.panels import AT_ONCE
from lodge_core.console.routes import router as console
from lodge_platform.schema.active import LinkCall
from web.office import Office, office_of

PANEL = "panel: {title: In the shop, form: fields, fields: [number, tier], empty: Not known.}\n"
SCORE = "panel: {title: Their score}\n"


@pytest.fixture
def used(workplace: Workplace) -> Generator[UsedLinks]:
    """Links of a workplace, one with a panel, once on each engine."""
    with used_links(workplace) as used:
        used.shop((7, "ada@example.org", "gold", None), more=PANEL)
        yield used


@pytest.fixture
def office(used: UsedLinks) -> Office:
    """The application with the console, over the workplace."""
    return office_of(used.place, [console])


@pytest.fixture
def grace(office: Office) -> TestClient:
    """The browser of an agent, signed in."""
    office.person("grace")
    return office.signed_in("grace")


def panel(client: TestClient, activity_id: int, name: str = "customer_lookup") -> str:
    """The panel's page."""
    answer = client.get(f"/console/activities/{activity_id}/panels/{name}")
    assert answer.status_code == 200, answer.text
    return answer.text


def test_an_activity_s_page_names_its_panels_and_asks_none(
    used: UsedLinks, grace: TestClient
) -> None:
    used.service("score", used.slow.where, more=SCORE)
    activity_id = used.place.queued(from_address="ada@example.org")
    page = grace.get(f"/console/activities/{activity_id}").text
    path = f"/console/activities/{activity_id}/panels"
    assert f'data-panel="{path}/customer_lookup"' in page
    assert page.index(">In the shop</h2>") < page.index(">Their score</h2>")
    assert "panels.js" in page
    assert used.slow.received == []


def test_a_panel_shows_what_the_source_says_and_since_when(
    used: UsedLinks, grace: TestClient
) -> None:
    activity_id = used.place.queued(from_address="ada@example.org")
    shown = panel(grace, activity_id)
    assert '<dt title="Key there.">Number</dt><dd>7</dd>' in shown
    assert "<dd>gold</dd>" in shown
    assert "As of <time" in shown
    assert "shop.db" in shown
    assert "Ask again" in shown
    unknown = used.place.queued(from_address="eve@example.org")
    assert "Not known." in panel(grace, unknown)
    query = select(LinkCall.caller_kind, LinkCall.user_id, LinkCall.activity_id)
    assert soon(lambda: len(used.place.rows(query)) == 2)
    kind, user_id, called_for = used.place.rows(query)[0]
    assert (kind, user_id, called_for) == ("panel", used.place.agents["grace"], activity_id)


def test_a_source_that_is_down_or_slow_is_said_in_words(used: UsedLinks, grace: TestClient) -> None:
    used.service("down", used.down, more="panel: {title: Down}\n")
    used.service("slow", used.slow.where, seconds=0.2, more="panel: {title: Slow}\n")
    activity_id = used.place.queued(from_address="ada@example.org")
    down = panel(grace, activity_id, "down")
    assert f"This cannot be shown now: {used.down}" in down
    assert "<h2" in down
    slow = panel(grace, activity_id, "slow")
    assert f"This cannot be shown now: {used.slow.where}" in slow
    used.write("broken.yaml", "title: x\n")
    assert grace.get(f"/console/activities/{activity_id}").status_code == 200


def test_an_older_answer_is_called_stale(used: UsedLinks, grace: TestClient) -> None:
    cache = "cache: {seconds: 0, stale_if_error_seconds: 3600}\n"
    used.service("score", used.slow.where, more=SCORE + cache)
    used.gate.set()
    activity_id = used.place.queued(from_address="ada@example.org")
    assert "stale" not in panel(grace, activity_id, "score").split("<main")[1]
    used.slow.answer = lambda _request: (503, {}, b"")
    shown = panel(grace, activity_id, "score")
    assert '<span class="tag warn">stale</span> The source does not answer now.' in shown
    assert '<td class="number">70</td>' in shown


def test_s08_who_may_not_ask_a_link_is_not_told_that_it_is_there(
    used: UsedLinks, office: Office, grace: TestClient
) -> None:
    activity_id = used.place.queued(from_address="ada@example.org")
    text = (used.folder / "customer_lookup.yaml").read_text("utf-8")
    for callers in ("roles: [analyst]", "roles: [agent], departments: [Elsewhere]"):
        roles = "roles: [agent, supervisor, administrator]"
        used.write("customer_lookup.yaml", text.replace(roles, callers))
        assert "In the shop" not in grace.get(f"/console/activities/{activity_id}").text
        path = f"/console/activities/{activity_id}/panels/customer_lookup"
        assert grace.get(path).status_code == 404
    used.write("customer_lookup.yaml", text)
    assert "gold" in panel(grace, activity_id)
    assert grace.get("/console/activities/4711/panels/customer_lookup").status_code == 404
    office.person("ann", "analyst")
    path = f"/console/activities/{activity_id}/panels/customer_lookup"
    assert office.signed_in("ann").get(path).status_code == 403
    assert office.browser().get(path).status_code == 303


def test_a_link_that_nothing_of_the_activity_fills_is_left_out(
    used: UsedLinks, grace: TestClient
) -> None:
    text = (used.folder / "customer_lookup.yaml").read_text("utf-8")
    used.write(
        "customer_lookup.yaml", text.replace("customer.address", "case.attribute.order_number")
    )
    activity_id = used.place.queued(from_address="ada@example.org")
    assert "In the shop" not in grace.get(f"/console/activities/{activity_id}").text


def test_a_slow_source_holds_up_no_page_and_no_other_panel(
    used: UsedLinks, office: Office, grace: TestClient
) -> None:
    used.service("score", used.slow.where, more=SCORE + "\n")
    activity_id = used.place.queued(from_address="ada@example.org")
    said: list[str] = []

    def ask(client: TestClient) -> None:
        said.append(panel(client, activity_id, "score"))

    with grace:
        threads = [threading.Thread(target=ask, args=(grace,)) for _ in range(AT_ONCE + 3)]
        for thread in threads:
            thread.start()
        assert soon(lambda: len(said) == 3), "those beyond the room are answered at once"
        assert all("many are asking it at once" in one for one in said)
        assert grace.get(f"/console/activities/{activity_id}").status_code == 200
        assert "gold" in panel(grace, activity_id)
        used.gate.set()
        for thread in threads:
            thread.join()
    assert sum('<td class="number">70</td>' in one for one in said) == AT_ONCE
