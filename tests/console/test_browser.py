"""The console in Chromium: with a mouse, by keyboard alone, on a telephone, and under attack."""

import json
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, ViewportSize, expect, sync_playwright

from lodge_core.console.html_mail import sanitise
from lodge_core.console.routes import router as console
from lodge_core.routing import router
from lodge_platform.clock import utc_now
from lodge_platform.identity import disable_user, set_password
from lodge_platform.vocabulary import ActivityStatus
from lodge_platform.web import assembly
from web.office import PASSWORD, Office, serving

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
DESK = ViewportSize(width=1280, height=800)
expect.set_options(timeout=15_000)
TELEPHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def address(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """Address of the service at work, with a router that looks ten times a second."""
    sqlite_office.person("grace", groups=["Billing"])
    monkeypatch.setattr(assembly, "registered_routers", lambda: [console])
    stop = threading.Event()

    def rout() -> None:
        while not stop.wait(0.1):
            router.tick(sqlite_office.lodge, utc_now())

    thread = threading.Thread(target=rout)
    with serving(sqlite_office.lodge) as (address, _):
        thread.start()
        yield address
        stop.set()
        thread.join()


@pytest.fixture
def browser(chromium: Path) -> Generator[Browser]:
    """Chromium, that calls nobody by itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Generator[Page]:
    """A page on a desk, whose every error and refused resource fails the test."""
    context = browser.new_context(viewport=DESK, base_url=address, timezone_id="Asia/Tokyo")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None
    )
    yield page
    context.close()
    assert wrong == []


def sign_in(page: Page) -> None:
    page.goto("/console/")
    page.get_by_label("Name").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your state")).to_be_visible()


def test_an_agent_signs_in_is_pushed_an_activity_and_answers(
    page: Page, sqlite_office: Office
) -> None:
    sign_in(page)
    page.get_by_role("button", name="Go ready").click()
    expect(page.get_by_text("The next activity for you will appear here")).to_be_visible()
    activity_id = sqlite_office.place.queued("Refunds", now=utc_now(), subject="My refund")
    expect(page.get_by_role("article").filter(has_text="My refund")).to_be_visible(timeout=15_000)
    expect(page).to_have_title("(1) Inbox · Lodge")
    expect(page.locator(".countdown")).to_contain_text("left")

    page.get_by_role("button", name="Accept My refund").click()
    expect(page).to_have_title("My refund · Lodge")
    expect(page.locator(".email .text")).to_contain_text("Where is my refund?")
    page.get_by_label("Your answer").fill("It is on its way.")
    page.get_by_role("button", name="Send and complete").click()
    expect(page.get_by_text("Your answer is on its way")).to_be_visible()
    assert sqlite_office.place.activity(activity_id).status is ActivityStatus.COMPLETED


def test_an_agent_works_by_keyboard_alone(page: Page, sqlite_office: Office) -> None:
    first = sqlite_office.place.queued("Refunds", now=utc_now(), subject="By keyboard")
    keys = page.keyboard
    page.goto("/console/")
    keys.type("grace")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Your state")).to_be_visible()
    keys.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    ready = page.get_by_role("button", name="Go ready")
    for _ in range(20):
        if ready.evaluate("one => one === document.activeElement"):
            break
        keys.press("Tab")
    expect(ready).to_be_focused()
    assert ready.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    keys.press("Enter")
    expect(page.get_by_role("article").filter(has_text="By keyboard")).to_be_visible()
    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    keys.press("j")
    expect(page.locator("article.offer")).to_be_focused()
    keys.press("a")
    expect(page).to_have_title("By keyboard · Lodge")
    expect(page.locator("time").first).not_to_contain_text("UTC")  # the script has begun
    keys.press("r")
    expect(page.get_by_label("Your answer")).to_be_focused()
    keys.type("Thank you, jakxri?")
    keys.press("Control+Enter")
    expect(page.get_by_text("Your answer is on its way")).to_be_visible()
    assert sqlite_office.place.activity(first).status is ActivityStatus.COMPLETED


def test_the_console_fits_a_telephone(page: Page, sqlite_office: Office) -> None:
    page.set_viewport_size(TELEPHONE)
    html = "<table width=900><tr><td>A wide letter with a_very_long_word_" + "x" * 200
    sqlite_office.place.queued(
        "Refunds", now=utc_now(), subject="Verylongword" * 12, html_body=html
    )
    sign_in(page)
    wide = "document.documentElement.scrollWidth - innerWidth"
    page.get_by_role("button", name="Go ready").click()
    accept = page.locator("article.offer").get_by_role("button", name="Accept")
    expect(accept).to_be_visible()
    assert page.evaluate(wide) <= 0
    box = accept.bounding_box()
    assert box
    assert box["height"] >= 36
    accept.click()
    expect(page.get_by_label("Your answer")).to_be_visible()
    assert page.evaluate(wide) <= 0
    page.get_by_label("Your answer").fill("Short.")
    page.get_by_role("button", name="Send and complete").click()
    expect(page.get_by_text("Your answer is on its way")).to_be_visible()


def test_what_is_typed_outlives_changes_a_reload_and_a_sign_in(
    page: Page, sqlite_office: Office
) -> None:
    place = sqlite_office.place
    activity_id = place.queued("Refunds", now=utc_now(), subject="Draft")
    sign_in(page)
    page.get_by_role("button", name="Go ready").click()
    page.get_by_role("button", name="Accept Draft").click()
    answer = page.get_by_label("Your answer")
    answer.fill("Half a thought")
    case_id = place.activity(activity_id).case_id
    place.queued("General", now=utc_now(), case_id=case_id, text_body="One more thing")
    expect(page.get_by_text("One more thing").first).to_be_attached(timeout=15_000)
    expect(answer).to_have_value("Half a thought")
    expect(answer).to_be_focused()
    page.reload()
    expect(answer).to_have_value("Half a thought")

    grace = place.agents["grace"]
    set_password(sqlite_office.lodge, grace, password=PASSWORD, by="test", now=utc_now())
    expect(page.get_by_text("You are signed out.")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="sign in again").click()
    page.get_by_label("Name").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(answer).to_have_value("Half a thought")
    page.get_by_role("button", name="Send and complete").click()
    expect(page.get_by_text("Your answer is on its way")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_times_are_shown_in_the_readers_zone_with_utc_on_hover(
    page: Page, sqlite_office: Office
) -> None:
    now = utc_now()
    sqlite_office.place.queued("Refunds", now=now)
    sign_in(page)
    shown = page.locator("#queues time").first
    expect(shown).to_have_attribute("title", now.strftime("%Y-%m-%d %H:%M:%S UTC"))
    tokyo = (now.hour + 9) % 24
    expect(shown).to_contain_text(f"{(tokyo - 1) % 12 + 1:02}:{now.minute:02}")


def test_s20_a_page_of_a_disabled_user_says_so_at_once(page: Page, sqlite_office: Office) -> None:
    sign_in(page)
    grace = sqlite_office.place.agents["grace"]
    disable_user(sqlite_office.lodge, grace, by="test", now=utc_now())
    expect(page.get_by_text("You are signed out.")).to_be_visible(timeout=15_000)


def test_s02_the_frame_has_no_origin_of_ours_and_runs_nothing(
    page: Page, sqlite_office: Office
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    body = "<p id=x>Hello</p><script>parent.document.title='owned'</script><img src=//xss.invalid/>"
    sqlite_office.place.queued("Refunds", now=utc_now(), subject="Html", html_body=body)
    sign_in(page)
    page.get_by_role("button", name="Go ready").click()
    page.get_by_role("button", name="Accept Html").click()
    frame = page.frame_locator("iframe.mail")
    expect(frame.get_by_text("Hello")).to_be_visible()
    expect(frame.get_by_text("1 remote image is not shown.")).to_be_visible()
    inner = page.locator("iframe.mail").element_handle().content_frame()  # pyright: ignore
    assert inner
    assert inner.evaluate("self.origin") == "null"
    expect(page).to_have_title("Html · Lodge")
    assert not [url for url in asked if "xss.invalid" in url]


def test_s01_no_attack_string_does_anything_in_a_browser(
    browser: Browser, shared_data: Path
) -> None:
    lines = (shared_data / "html_xss" / "cases.jsonl").read_text("utf-8").splitlines()
    page = browser.new_page()
    happened: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        happened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("request", lambda request: happened.append(request.url))
    for line in lines:
        # No sandbox and no policy here: the sanitiser alone must do.
        page.set_content(sanitise(json.loads(line)["payload"], {}).html)
        for one in page.query_selector_all("a, img, font")[:3]:
            one.dispatch_event("mouseover")
            one.dispatch_event("error")
    assert happened == []
