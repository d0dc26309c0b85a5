"""The reference page in Chromium: drawn by what the server ships, and every operation tried."""

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from api.house import House
from web.office import serving

pytestmark = pytest.mark.browser
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)


@dataclass
class Seen:
    """A page, where it is, and what it asked for and complained of."""

    page: Page
    address: str
    asked: list[str] = field(default_factory=list[str])
    complaints: list[str] = field(default_factory=list[str])

    def open(self, width: int) -> None:
        """Look at the reference on a screen of this width."""
        self.page.set_viewport_size(ViewportSize(width=width, height=844))
        self.page.goto(f"{self.address}/api/v1/reference")
        expect(self.page.locator("[data-tag='small']").first).to_be_visible(timeout=60_000)

    def try_operation(self, name: str) -> None:
        """Open an operation and execute it as it stands."""
        operation = self.page.locator(f"#operations-small-{name}")
        if not operation.is_visible():
            self.page.locator("[data-tag='small']").first.click()
        operation.locator(".opblock-summary-control").click()
        operation.locator(".try-out__btn").click()
        operation.locator(".execute").click()
        expect(operation.locator(".live-responses-table")).to_be_visible(timeout=30_000)


@pytest.fixture
def seen(sqlite_small_house: House, chromium: Path) -> Generator[Seen]:
    """A browser that calls nobody by itself, and the server at work."""
    with (
        serving(sqlite_small_house.lodge, sqlite_small_house.application) as (address, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        page = browser.new_page()
        found = Seen(page, address)
        page.on("request", lambda request: found.asked.append(request.url))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("console", lambda said: found.complaints.append(said.text))
        yield found
        browser.close()


def test_the_reference_asks_no_other_server_and_complains_of_nothing(seen: Seen) -> None:
    for width in (1280, 390):
        seen.open(width)
        seen.page.locator("[data-tag='small']").first.click()
        seen.page.locator("#operations-small-list_cases .opblock-summary-control").click()
        expect(seen.page.locator("#operations-small-list_cases table.parameters")).to_be_visible()
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    outside = [url for url in seen.asked if not url.startswith((seen.address, "data:"))]
    assert outside == []
    assert seen.complaints == []


def test_an_operation_is_tried_with_a_key(sqlite_small_house: House, seen: Seen) -> None:
    sqlite_small_house.person("sue", "supervisor")
    key = sqlite_small_house.key("sue")
    sqlite_small_house.case("A refund that is waited for")
    seen.open(1280)
    seen.page.locator(".btn.authorize").first.click()
    window = seen.page.locator(".auth-container").filter(has_text="http, Bearer")
    window.locator("input").fill(key)
    window.locator("button.authorize").click()
    seen.page.locator(".close-modal").click()
    seen.try_operation("list_cases")
    answer = seen.page.locator("#operations-small-list_cases .live-responses-table")
    expect(answer.locator("tr.response .response-col_status").first).to_contain_text("200")
    expect(answer).to_contain_text("A refund that is waited for")
    seen.try_operation("open_case")
    answer = seen.page.locator("#operations-small-open_case .live-responses-table")
    expect(answer.locator("tr.response .response-col_status").first).to_contain_text("201")
    called = [url for url in seen.asked if url.startswith(f"{seen.address}/api/v1/cases")]
    assert len(called) == 2


def test_its_scripts_and_styles_are_files_of_this_server_alone(sqlite_small_house: House) -> None:
    stranger = sqlite_small_house.program()
    page = stranger.get("/reference")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    for name, kind in (
        ("swagger-ui-bundle.js", "text/javascript"),
        ("reference.js", "text/javascript"),
        ("swagger-ui.css", "text/css"),
        ("reference.css", "text/css"),
    ):
        assert f"/api/v1/reference/{name}" in page.text
        answer = stranger.get(f"/reference/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
    for odd in ("redoc.standalone.js", "core.py", "..%2fcore.py", "%2e%2e", "x"):
        assert stranger.get(f"/reference/{odd}").status_code == 404
