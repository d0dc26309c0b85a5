"""One e-mail all the way: mail server, program, browser, mail server, reports store, page.

Read it as a tour. Everything is real: Dovecot and Postfix, `lodge up` with its processes, an
agent in Chromium, `lodge pipelines run`, `lodge sql` and the dashboard.
"""

import email
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from fixtures.servers import MailServers
from fixtures.stores import StoreUrls

SAMPLES = Path(__file__).parents[1] / "samples" / "journey"
LODGE = Path(sys.executable).parent / "lodge"
PASSWORD = "correct horse"
CORE = ("mail_retriever", "workflow_engine", "router", "mail_dispatcher", "pushback", "web")


class Program:
    """The program `lodge` in a home of its own."""

    def __init__(self, home: Path, urls: StoreUrls) -> None:
        self.web_port, self.dashboards_port = free_port(), free_port()
        self.environment = os.environ | {
            "LODGE_HOME": str(home),
            "LODGE_MASTER_URL": urls.master,
            "LODGE_ACTIVE_URL": urls.active,
            "LODGE_WEB_PORT": str(self.web_port),
            "LODGE_DASHBOARDS_PORT": str(self.dashboards_port),
            "LODGE_SECRET_GRACE": PASSWORD,
            "LODGE_SECRET_SUPPORT_IMAP": "supportpw",
        }

    def __call__(self, *arguments: str) -> str:
        """Run a verb to its end and give its stdout; it must succeed."""
        done = subprocess.run(
            [LODGE, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sql(self, query: str) -> list[dict[str, Any]]:
        """What `lodge sql` answers."""
        return json.loads(self("sql", query, "--format", "json"))

    @contextmanager
    def up(self, *names: str) -> Generator[None]:
        """`lodge up` until the end of the block; then nothing of it is left."""
        process = subprocess.Popen([LODGE, "up", *names], env=self.environment)
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) in (0, 130)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(found: Callable[[], Any], *, seconds: float = 60) -> Any:
    """What `found` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.2)
    raise AssertionError(f"nothing in {seconds} s")


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def browser_page(chromium: Path) -> Generator[Page]:
    """A page whose console errors fail the test."""
    quiet = ("--disable-quic", "--no-first-run", "--disable-background-networking")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-component-update", *quiet]
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    assert errors == []


def answer_in_console(page: Page, address: str) -> None:
    """Grace signs in, goes ready, is pushed the mail, accepts, reads, answers and completes it."""
    page.goto(f"{address}/console/")
    page.get_by_label("Name").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Go ready").click()
    page.get_by_role("button", name="Accept").click(timeout=30_000)
    expect(page.get_by_role("heading", name="Refund for order 1842")).to_be_visible()
    mail = page.frame_locator("iframe").first
    expect(mail.get_by_text("Where is my refund?")).to_be_visible()
    assert "taken over" not in page.title()
    page.get_by_role("textbox", name="Your answer").fill("It is on its way.\nGrace")
    page.get_by_role("button", name="Send and complete").click()
    expect(page.get_by_text("You hold no activity.")).to_be_visible()


def mails_of_customer(servers: MailServers) -> list[Message]:
    with servers.sign_in("customer@lodge.test") as client:
        client.select_folder("INBOX", readonly=True)
        fetched: dict[int, Any] = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
        return [email.message_from_bytes(parts[b"BODY[]"]) for parts in fetched.values()]


@pytest.mark.slow
@pytest.mark.browser
def test_r42_one_email_from_the_customer_to_the_managers_page_and_the_analysts_sql(
    store_urls: StoreUrls, postfix: MailServers, chromium: Path, tmp_path: Path
) -> None:
    lodge = Program(tmp_path, store_urls)
    console = f"http://127.0.0.1:{lodge.web_port}"
    for mailbox in ("support@lodge.test", "customer@lodge.test"):
        postfix.empty(mailbox)

    lodge("init")
    lodge("config", "apply", str(SAMPLES / "care.yaml"))
    with lodge.up(*CORE), browser_page(chromium) as page:
        until(lambda: answers(f"{console}/ready"))
        postfix.deliver("support@lodge.test", [(SAMPLES / "refund.eml").read_bytes()])
        answer_in_console(page, console)
        [reply] = until(lambda: mails_of_customer(postfix))

    assert reply["In-Reply-To"] == "<1842.refund@shop.example>"
    assert reply["References"].split() == [
        "<1841.order@shop.example>",
        "<1842.refund@shop.example>",
    ]
    assert reply["Subject"] == "Re: Refund for order 1842"
    assert reply["From"] == "Lodge support <support@lodge.test>"
    assert "It is on its way." in reply.get_payload(decode=True).decode()  # type: ignore[union-attr]

    [balance] = json.loads(lodge("mail", "balance", "--source", "--json"))
    assert (balance["stored"], balance["difference"], balance["unseen_at_source"]) == (1, 0, 0)
    assert lodge("verify") == ""

    lodge("pipelines", "run")
    [activity] = lodge.sql(
        "select queue, media, mode, first_response_at is not null as is_answered, "
        "completed_at is not null as is_completed from activities"
    )
    assert activity == {
        "queue": "Refunds",
        "media": "email",
        "mode": "inbound",
        "is_answered": True,
        "is_completed": True,
    }
    assert lodge.sql("select direction from emails order by email_id") == [
        {"direction": "inbound"},
        {"direction": "outbound"},
    ]
    [figures] = lodge.sql(
        "select sum(queued) as queued, sum(answered) as answered, sum(abandoned) as abandoned, "
        "sum(answered_within_threshold) / sum(answered) as service_level "
        "from queue_intervals where queue = 'Refunds'"
    )
    assert figures == {"queued": 1, "answered": 1, "abandoned": 0, "service_level": 1.0}
    _see_the_same_on_the_page(lodge, chromium, console)


def _see_the_same_on_the_page(lodge: Program, chromium: Path, console: str) -> None:
    """Sam's sign-in at the console opens the dashboards as well."""
    dashboards = f"http://127.0.0.1:{lodge.dashboards_port}"
    with lodge.up("web", "dashboards"), browser_page(chromium) as page:
        until(lambda: answers(f"{console}/ready") and answers(f"{dashboards}/_stcore/health"))
        page.goto(f"{console}/console/")
        page.get_by_label("Name").fill("sam")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Waiting").wait_for()
        page.goto(dashboards)
        service_level = page.get_by_test_id("stMetric").filter(has_text="Service level").first
        expect(service_level).to_contain_text("100", timeout=60_000)
