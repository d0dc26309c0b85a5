"""The dashboards as `lodge up` runs them, seen in Chromium; and nothing of them stays behind."""

import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from dashboards.small_day import Day
from lodge_dashboards.service import process
from lodge_platform.errors import SetUpError
from lodge_platform.lodge import Lodge

# one worker for all: publishing the day takes longest
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("dashboards")]
START_SECONDS = 60
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@contextmanager
def running(lodge: Lodge) -> Generator[str]:
    """The service process at work; gives its address."""
    port = free_port()
    settings = replace(lodge.settings, dashboards_port=port)
    stop = Event()
    assert process.run
    worker = Thread(target=process.run, args=(replace(lodge, settings=settings), stop))
    worker.start()
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, worker)
        yield address
    finally:
        stop.set()
        worker.join(15)
    assert not worker.is_alive()


@pytest.fixture(scope="module")
def address(day: Day) -> Generator[str]:
    with running(day.lodge) as found:
        yield found


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Generator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


class Looked:
    """A page with what it said on the console and what it asked of others."""

    def __init__(self, page: Page, own: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._ask(request.url, own))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _ask(self, url: str, own: str) -> None:
        same = (own, own.replace("http", "ws"), "data:", "blob:")
        if not url.startswith(same):
            self.outside.append(url)


@contextmanager
def looking(
    browser: Browser, address: str, *, token: str | None, width: int = 1280
) -> Generator[Looked]:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(START_SECONDS * 1000)
    if token:
        context.add_cookies([{"name": "lodge_session", "value": token, "url": address}])
    yield Looked(context.new_page(), address)
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_service_level_page_shows_the_figures_counted_by_hand(
    day: Day, browser: Browser, address: str, tmp_path: Path, width: int
) -> None:
    token = day.token(now=datetime.now(UTC))
    with looking(browser, address, token=token, width=width) as looked:
        page = looked.page
        page.goto(address)
        first = page.get_by_test_id("stMetric").first
        expect(first).to_contain_text("66.7 %", timeout=START_SECONDS * 1000)
        expect(first).to_contain_text("n = 3 answers")
        expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(3)
        expect(page.get_by_text("Stale: as of 5 Jan 2026 12:05")).to_be_visible()
        expect(page.get_by_text("Times in UTC")).to_be_visible()
        points = page.get_by_test_id("stVegaLiteChart").first.locator(".mark-symbol path")
        places = {points.nth(number).get_attribute("transform") for number in range(points.count())}
        assert len(places) == 2
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        assert "/service-level?from=2026-01-05" in page.url
        page.screenshot(path=tmp_path / f"service-level-{width}.png")
        assert (looked.errors, looked.outside) == ([], [])


def test_a_page_that_was_sent_opens_as_it_was(day: Day, browser: Browser, address: str) -> None:
    general = day.queues["General"]
    token = day.token(now=datetime.now(UTC))
    with looking(browser, address, token=token) as looked:
        looked.page.goto(f"{address}/service-level?queue={general}&zone=Europe/Vienna")
        first = looked.page.get_by_test_id("stMetric").first
        expect(first).to_contain_text("50.0 %", timeout=START_SECONDS * 1000)
        expect(looked.page.get_by_text("Times in Europe/Vienna")).to_be_visible()
        looked.page.get_by_role("link", name="Data health").click()
        expect(looked.page.get_by_text("Mail balance by alias")).to_be_visible()
        expect(looked.page.get_by_text("Times in Europe/Vienna")).to_be_visible()
        assert (looked.errors, looked.outside) == ([], [])


@pytest.mark.parametrize(("name", "ways"), [("ada", 2), ("anna", 0)])
def test_neither_the_page_nor_a_tables_tools_give_a_file_to_who_may_not_export(
    day: Day, browser: Browser, address: str, name: str, ways: int
) -> None:
    with looking(browser, address, token=day.token(name, now=datetime.now(UTC))) as looked:
        looked.page.goto(f"{address}/service-level")
        table = looked.page.get_by_test_id("stDataFrame").last
        table.hover()
        tools = table.get_by_test_id("stElementToolbar")
        expect(tools).to_be_attached()
        expect(tools).to_be_visible(visible=ways > 0)
        button = looked.page.get_by_role("button", name="Download as CSV")
        expect(button).to_have_count(ways)
        assert (looked.errors, looked.outside) == ([], [])


def test_without_the_consoles_cookie_there_is_only_the_way_to_sign_in(
    browser: Browser, address: str
) -> None:
    with looking(browser, address, token=None) as looked:
        looked.page.goto(f"{address}/data-health")
        link = looked.page.get_by_role("link", name="Sign in at the console")
        expect(link).to_have_attribute("href", "http://127.0.0.1:8080/console/sign-in")
        expect(looked.page.get_by_test_id("stMetric")).to_have_count(0)
        assert (looked.errors, looked.outside) == ([], [])


def test_answers_carry_security_headers_and_other_host_names_are_refused(address: str) -> None:
    with urlopen(f"{address}/data-health") as answer:  # noqa: S310 - our own address
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_port_that_is_taken_is_named(day: Day) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = replace(day.settings, dashboards_port=port)
        assert process.run
        with pytest.raises(SetUpError, match=f"port {port} .*dashboards_port"):
            process.run(replace(day.lodge, settings=settings), Event())


def test_stopping_leaves_no_process_behind(day: Day) -> None:
    before = children()
    with running(day.lodge):
        assert children() > before
    assert children() == before


def children() -> set[str]:
    """Processes that this one started and that still live."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {child for task in listed for child in task.read_text().split()}


def wait_for(address: str, worker: Thread) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and worker.is_alive():
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the dashboards did not answer")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
