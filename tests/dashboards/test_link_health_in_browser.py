"""The section about data links, seen in Chromium on a desk and on a telephone."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from dashboards.small_day import Day
from dashboards.test_dashboards_in_browser import ARGUMENTS, START_SECONDS, looking, running

# one worker for all: publishing the day takes longest
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("dashboards")]


@pytest.fixture(scope="module")
def address(linked: Day) -> Generator[str]:
    with running(linked.lodge) as found:
        yield found


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Generator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_links_are_seen_on_a_desk_and_on_a_telephone(
    linked: Day, browser: Browser, address: str, tmp_path: Path, width: int
) -> None:
    token = linked.token(now=datetime.now(UTC))
    with looking(browser, address, token=token, width=width) as looked:
        page = looked.page
        page.goto(f"{address}/data-health")
        heading = page.get_by_role("heading", name="Data links")
        expect(heading).to_be_visible(timeout=START_SECONDS * 1000)
        expect(page.get_by_text("3 links have a problem")).to_be_visible()
        expect(page.get_by_text("Last published runs")).to_be_visible()
        heading.scroll_into_view_if_needed()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"data-links-{width}.png")
        assert (looked.errors, looked.outside) == ([], [])
