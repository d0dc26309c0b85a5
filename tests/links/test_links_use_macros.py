"""S-19: fields of data links in articles: known when written, asked for the reader when used."""

from collections.abc import Generator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.house import House, error_fields, house_of
from fixtures.waiting import soon
from fixtures.workplace import NINE, Workplace
from links.used_links import UsedLinks, used_links
from lodge_core.api import activities, article_folders, articles
from lodge_core.articles.link_macros import link_values
from lodge_platform.identity.actions import Action
from lodge_platform.schema.active import LinkCall

TIER = "{{link.customer_lookup.tier}}"


@pytest.fixture
def used(workplace: Workplace) -> Generator[UsedLinks]:
    """Links of a workplace, once on each engine."""
    with used_links(workplace) as used:
        used.shop((7, "ada@example.org", "gold", "12.50"), (8, "joe@example.org", None, None))
        yield used


@pytest.fixture
def house(used: UsedLinks) -> House:
    """Articles over HTTP, over the workplace."""
    return house_of(used.place, [activities.api, articles.api, article_folders.api])


@pytest.fixture
def sue(house: House) -> TestClient:
    return house.asker("sue", "supervisor")


@pytest.fixture
def amy(house: House) -> TestClient:
    return house.asker("amy", "agent")


def write(client: TestClient, html: str) -> Any:
    """The answer to a new article."""
    folders = client.get("/article-folders").json()["items"]
    folder = folders[0] if folders else client.post("/article-folders", json={"name": "F"}).json()
    key = folder["article_folder_id"]
    return client.post("/articles", json={"article_folder_id": key, "title": "x", "html": html})


def expanded(sue: TestClient, html: str, activity_id: int, *, by: TestClient) -> dict[str, Any]:
    """A new article, published and made ready for an answer."""
    written = write(sue, html)
    assert written.status_code == 201, written.text
    path = f"/articles/{written.json()['article_id']}"
    match = {"if-match": sue.get(path).headers["etag"]}
    sue.post(f"{path}/publish", json={}, headers=match)
    answer = by.post(f"{path}/expand", json={"activity_id": activity_id})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("macro", "said"),
    [
        ("link.customer_lokup.tier", "no link 'customer_lokup'; did you mean 'customer_lookup'?"),
        ("link.customer_lookup.teir", "no plain value 'teir'; did you mean 'tier'?"),
    ],
)
def test_s19_an_unknown_link_or_field_is_refused_when_it_is_written(
    sue: TestClient, macro: str, said: str
) -> None:
    answer = write(sue, f"<p>{{{{{macro}}}}}</p>")
    assert (answer.status_code, error_fields(answer)) == (422, ["html"])
    assert said in answer.text
    assert write(sue, f"<p>{TIER}</p>").status_code == 201


def test_a_link_with_a_fault_cannot_be_written_into_an_article(
    used: UsedLinks, sue: TestClient
) -> None:
    used.write("customer_lookup.yaml", "title: x\n")
    answer = write(sue, TIER)
    assert answer.status_code == 422
    assert "cannot be used: customer_lookup.yaml line 1" in answer.text


def test_s19_values_are_asked_once_and_escaped(
    used: UsedLinks, sue: TestClient, amy: TestClient
) -> None:
    activity_id = used.place.queued(from_address="ada@example.org")
    more = "{{link.customer_lookup.name}} {{ link.customer_lookup.spent }}"
    html = f"<p>{TIER}, {TIER}: {more}</p>"
    found = expanded(sue, html, activity_id, by=amy)
    assert found == {
        "html": "<p>gold, gold: Customer &lt;b&gt;7&lt;/b&gt; 12.50</p>",
        "text": "gold, gold: Customer <b>7</b> 12.50",
        "empty": [],
        "reasons": [],
    }

    def journal() -> list[Any]:
        return list(used.place.rows(select(LinkCall.__table__)))

    assert soon(lambda: len(journal()) == 1)
    [call] = journal()
    assert (call.caller_kind, call.activity_id) == ("template", activity_id)


def test_an_empty_macro_says_why(used: UsedLinks, sue: TestClient, amy: TestClient) -> None:
    used.service("score", used.down)
    joe = used.place.queued(from_address="joe@example.org")
    eve = used.place.queued(from_address="eve@example.org")
    html = f"<p>{TIER}|{{{{link.score.tags}}}}|{{{{customer.address}}}}</p>"
    found = expanded(sue, html, joe, by=amy)
    assert found["html"] == "<p>||joe@example.org</p>"
    assert found["empty"] == ["link.customer_lookup.tier", "link.score.tags"]
    assert found["reasons"][0] == "link.customer_lookup.tier: it has no value"
    assert found["reasons"][1].startswith(f"link.score.tags: {used.down}")
    unknown = expanded(sue, f"<p>{TIER}</p>", eve, by=amy)
    assert unknown["reasons"] == ["link.customer_lookup.tier: its source knows nothing about this"]


def test_a_list_is_written_with_commas(used: UsedLinks, sue: TestClient, amy: TestClient) -> None:
    used.service("score", used.slow.where)
    used.gate.set()
    activity_id = used.place.queued(from_address="ada@example.org")
    found = expanded(sue, "<p>{{link.score.tags}}</p>", activity_id, by=amy)
    assert found["text"] == "loud, dear"


def test_a_slow_source_is_not_waited_for_without_end(used: UsedLinks, house: House) -> None:
    used.service("score", used.slow.where)
    activity_id = used.place.queued(from_address="ada@example.org")
    house.person("amy", "agent")
    found = link_values(
        house.lodge,
        ["link.customer_lookup.tier", "link.score.score"],
        activity_id,
        reader=house.reader("amy"),
        place=(used.place.department_id, used.place.queues["General"]),
        now=NINE,
        patience_seconds=3,
    )
    assert found.values == {"link.customer_lookup.tier": "gold", "link.score.score": None}
    assert found.reasons == {"link.score.score": "its source did not answer within 3 s"}


def test_s08_who_may_not_ask_the_link_gets_nothing_of_it(
    used: UsedLinks, house: House, sue: TestClient
) -> None:
    text = (used.folder / "customer_lookup.yaml").read_text("utf-8")
    used.write("customer_lookup.yaml", text.replace("[agent, supervisor, admin", "[admin"))
    activity_id = used.place.queued(from_address="ada@example.org")
    found = expanded(sue, f"<p>{TIER}</p>", activity_id, by=house.asker("amy", "agent"))
    assert found["html"] == "<p></p>"
    assert found["reasons"] == ["link.customer_lookup.tier: no link 'customer_lookup'"]
    used.write("customer_lookup.yaml", text)
    house.person("dan", "agent")
    rights = [Action.ARTICLE_READ, Action.ACTIVITY_READ, Action.CONTENT_READ]
    dan = house.program(house.key("dan", actions=rights))
    found = expanded(sue, f"<p>{TIER}</p>", activity_id, by=dan)
    assert found["reasons"] == ["link.customer_lookup.tier: you lack the right link.ask"]
    dan = house.program(house.key("dan", actions=[*rights, Action.LINK_ASK]))
    html = f"<p>{TIER} {{{{link.customer_lookup.name}}}}</p>"
    found = expanded(sue, html, activity_id, by=dan)
    assert found["text"] == "gold"
    assert found["reasons"] == ["link.customer_lookup.name: you may not see it"]
