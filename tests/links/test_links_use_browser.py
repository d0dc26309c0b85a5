"""Panels of data links in Chromium: beside an activity, by keyboard, on a telephone, slow, down."""

from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from fixtures.waiting import soon
from fixtures.workplace import Workplace
from links.used_links import UsedLinks, used_links
from lodge_core.console.routes import router as console
from lodge_platform.clock import utc_now
from web.office import PASSWORD, Office, office_of, serving

pytestmark = pytest.mark.browser
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = ViewportSize(width=1280, height=900)
TELEPHONE = ViewportSize(width=390, height=844)
expect.set_options(timeout=15_000)

SHOP = "panel: {title: In the shop, form: fields, fields: [number, name, tier, spent]}\n"
ORDERS = """\
title: Orders
term: What they ordered.
parameters:
  - {name: email, required: true, from: customer.address, term: Mail address.}
access:
  sql:
    url: sqlite:///shop.db
    select: >-
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 200)
      select i as number, 'Bolt and nut, size ' || i as what, i * 1.5 as total,
      '2026-01-05T09:00:00Z' as ordered_at from n
answer:
  fields:
    - {name: number, type: integer, term: Number.}
    - {name: what, term: What.}
    - {name: total, type: decimal, term: Euros.}
    - {name: ordered_at, type: instant, term: When.}
callers: {roles: [agent]}
panel: {title: Orders}
"""
HTML = """\
title: Written up
term: The same by a stylesheet.
parameters:
  - {name: email, required: true, from: customer.address, term: Mail address.}
access:
  sql: {url: "sqlite:///shop.db", select: "select name, tier from customers where email = :email"}
answer:
  root: customers
  row: customer
  fields: [{name: name, term: Name.}, {name: tier, term: Tier.}]
callers: {roles: [agent]}
panel: {title: Written up, form: html, xslt: card.xslt}
"""
SHEET = """\
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:template match="/customers"><script>document.title = "taken"</script>
<h3 style="color: red" onclick="x()"><xsl:value-of select="customer/name"/></h3>
<p>Their tier is <b><xsl:value-of select="customer/tier"/></b>.</p>
<ul><li>Treat with care</li><li><a href="https://shop.example/7">Open in the shop</a></li></ul>
</xsl:template></xsl:stylesheet>
"""


@pytest.fixture
def used(sqlite_workplace: Workplace) -> Generator[UsedLinks]:
    """Panels of every form, a slow and a source that is down."""
    with used_links(sqlite_workplace) as used:
        used.shop((7, "ada@example.org", "gold", "1234.50"), more=SHOP)
        used.write("card.xslt", SHEET)
        used.write("written.yaml", HTML)
        used.write("orders.yaml", ORDERS)
        used.service("score", used.slow.where, more="panel: {title: Score}\n")
        used.service("ledger", used.down, more="panel: {title: Ledger}\n")
        yield used


@pytest.fixture
def office(used: UsedLinks) -> Office:
    """The application with the console, and grace, who is an agent."""
    office = office_of(used.place, [console])
    office.person("grace")
    return office


@pytest.fixture
def page(chromium: Path, office: Office) -> Generator[Page]:
    """A page on a desk, signed in, whose every error and refused resource fails the test."""
    wrong: list[str] = []
    with serving(office.lodge, office.application) as (address, _), sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        context = browser.new_context(viewport=DESK, base_url=address, timezone_id="Asia/Tokyo")
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Policy" in said.text else None)
        page.goto("/console/")
        page.get_by_label("Name").fill("grace")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Your state")).to_be_visible()
        yield page
        context.close()
        browser.close()
    assert wrong == []


def region(page: Page, title: str) -> Locator:
    """The panel of that title."""
    return page.get_by_role("region", name=title, exact=True).first


def is_within(page: Page) -> bool:
    """Whether nothing makes the page wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_panels_come_by_themselves_and_none_waits_for_another(
    page: Page, used: UsedLinks, tmp_path: Path
) -> None:
    activity_id = used.place.queued(
        "General", now=utc_now(), subject="My order", from_address="ada@example.org"
    )
    page.goto(f"/console/activities/{activity_id}")
    shop = region(page, "In the shop")
    expect(shop).to_contain_text("1234.50")
    expect(shop).to_contain_text("Customer <b>7</b>")
    expect(shop).to_contain_text("As of")
    expect(region(page, "Ledger")).to_contain_text("This cannot be shown now")
    score = region(page, "Score")
    expect(score).to_have_attribute("aria-busy", "true")
    expect(score).to_contain_text("Still asking; its source is slow.")
    orders = page.locator("#panel-orders")
    expect(orders).to_contain_text("and 150 more")
    expect(orders.locator("tbody tr").first.locator("time")).not_to_contain_text("UTC")
    written = region(page, "Written up")
    expect(written).to_contain_text("Their tier is gold.")
    expect(page).to_have_title("My order · Lodge")
    assert is_within(page)
    page.screenshot(path=tmp_path / "desk.png", full_page=True)

    used.gate.set()
    expect(score).to_contain_text("70")
    expect(score).not_to_have_attribute("aria-busy", "true")
    page.set_viewport_size(TELEPHONE)
    assert is_within(page)
    page.screenshot(path=tmp_path / "telephone.png", full_page=True)


def test_a_panel_is_asked_again_and_scrolled_by_keyboard(
    page: Page, used: UsedLinks, tmp_path: Path
) -> None:
    used.gate.set()
    activity_id = used.place.queued(
        "General", now=utc_now(), subject="My order", from_address="ada@example.org"
    )
    page.goto(f"/console/activities/{activity_id}")
    shop = region(page, "In the shop")
    expect(shop).to_contain_text("gold")
    used.shop((7, "ada@example.org", "silver", "1234.50"), more=SHOP)
    again = shop.get_by_role("button", name="Ask again: In the shop")
    again.focus()
    page.keyboard.press("Enter")
    expect(shop).to_contain_text("silver")
    expect(again).to_be_focused()
    scroll = page.locator("#panel-orders .scroll")
    expect(scroll).to_be_visible()
    scroll.focus()
    page.keyboard.press("End")
    assert soon(lambda: scroll.evaluate("one => one.scrollTop") > 100)


def test_without_the_script_a_panel_has_a_page_of_its_own(page: Page, used: UsedLinks) -> None:
    activity_id = used.place.queued(
        "General", now=utc_now(), subject="My order", from_address="ada@example.org"
    )
    page.route("**/panels.js*", lambda route: route.abort())
    page.goto(f"/console/activities/{activity_id}")
    page.locator("#panel-customer_lookup").get_by_role("button", name="Ask").click()
    expect(page).to_have_title("In the shop · Lodge")
    expect(page.locator("#panel-customer_lookup")).to_contain_text("gold")
    page.get_by_role("link", name="Back to the activity").click()
    expect(page).to_have_title("My order · Lodge")


def test_a_session_that_ended_is_said_in_the_panel(page: Page, used: UsedLinks) -> None:
    used.gate.set()
    activity_id = used.place.queued(
        "General", now=utc_now(), subject="My order", from_address="ada@example.org"
    )
    page.goto(f"/console/activities/{activity_id}")
    shop = page.locator("#panel-customer_lookup")
    expect(shop).to_contain_text("gold")
    page.context.clear_cookies()
    shop.get_by_role("button").click()
    expect(shop).to_contain_text("You are signed out.")
    expect(shop).to_contain_text("gold")
