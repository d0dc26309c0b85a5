"""Six data links on real sources: asked by curl, valid by their schemas, shown beside a mail that a
link's answer routed, landed, queried.

MariaDB, PostgreSQL, a service with OAuth and pages, a price list over HTTP and as a file, a CSV
with traps, a mart. Everything is the program itself.
"""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from lxml import etree
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from fixtures.missing import missing
from fixtures.stores import StoreUrls
from journeys.test_one_email import PASSWORD, Program, answers, browser_page, until

SIX = Path(__file__).parents[1] / "samples" / "links" / "six"
PARCELS = [
    {
        "id": f"P{number}",
        "state": "under_way",
        "size": {"weight": number / 4},
        "steps": [{"place": "Leeds", "at": "2026-01-04T10:00:00+01:00"}],
    }
    for number in range(1, 6)
]


class Carrier(BaseHTTPRequestHandler):
    """A carrier: a token first, then two parcels a page; and a wholesaler's price list."""

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.rfile.read(length)
        is_known = self.headers["authorization"] == "Basic bG9kZ2U6c2VzYW1l"
        said = {"access_token": "day-pass", "token_type": "Bearer", "expires_in": 3600}
        self._answer(200 if is_known else 401, "application/json", json.dumps(said).encode())

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/prices.xml":
            self._answer(200, "application/xml", (SIX / "prices.xml").read_bytes())
            return
        if self.headers["authorization"] != "Bearer day-pass":
            self._answer(401, "application/json", b"{}")
            return
        query = parse_qs(asked.query)
        assert query["recipient"] == ["ada@example.org"]
        start = int(query.get("start", ["0"])[0])
        after = start + 2
        address = f"http://{self.headers['host']}{asked.path}?recipient=ada%40example.org"
        following = f"{address}&start={after}" if after < len(PARCELS) else None
        page = {"deliveries": PARCELS[start:after], "paging": {"next": following}}
        self._answer(200, "application/json", json.dumps(page).encode())

    def _answer(self, status: int, media: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def carrier() -> Generator[str]:
    """The service's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def fill_customers(url: str) -> str:
    """The shop's customers in MariaDB; host, port and database, as links write them."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in (
            "create table customers (id int primary key, email varchar(254), "
            "name varchar(100), tier varchar(20), since date)",
            "insert into customers values (7, 'ada@example.org', 'Ada Byron', 'gold', "
            "'2019-05-01'), (8, 'bob@example.org', 'Bob Plain', 'standard', null)",
        ):
            connection.execute(text(statement))
    engine.dispose()
    return url.partition("@")[2]


def fill_orders(url: str) -> str:
    """The shop's orders in PostgreSQL; the URL without a password, as links write it."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(
            "create table orders (order_id bigint primary key, customer_id bigint, "
            "total numeric(10, 2), is_paid boolean, items text[], changed_at timestamptz)"
        )
        connection.execute(
            "insert into orders values "
            "(1, 7, 39.90, true, '{lamp,bulb}', '2026-01-02T10:00:00Z'), "
            "(2, 8, 24.50, false, '{stool}', '2026-01-03T10:00:00Z')"
        )
    return url


def set_up(lodge: Program, home: Path, **places: str) -> None:
    """The house, its six links, and two mails."""
    lodge("init")
    links, files = home / "links", home / "link-files"
    links.mkdir(exist_ok=True)
    files.mkdir(exist_ok=True)
    for path in SIX.iterdir():
        if path.suffix == ".yaml" and path.stem not in ("care", "triage"):
            written = path.read_text("utf-8")
            for word, place in places.items():
                written = written.replace(f"@{word.upper()}@", place)
            (links / path.name).write_text(written, "utf-8")
    for name in ("prices.xml", "complaints.csv"):
        (files / name).write_bytes((SIX / name).read_bytes())
    lodge("config", "apply", str(SIX / "care.yaml"))
    lodge("mail", "import", str(SIX / "gold.eml"), "--alias", "support@lodge.test")
    lodge("mail", "import", str(SIX / "plain.eml"), "--alias", "support@lodge.test")


def curl(address: str, key: str, media: str) -> bytes:
    """What curl prints; it must succeed."""
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "-H", f"Accept: {media}"]
    command += ["-H", f"Authorization: Bearer {key}", address]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout


ASKED: dict[str, tuple[str, str, int]] = {
    "customer_lookup": ("email=ada@example.org", "customers", 1),
    "orders": ("customer=7", "orders", 1),
    "deliveries": ("email=ada@example.org", "deliveries", 5),
    "prices": ("", "prices", 3),
    "prices_filed": ("", "prices", 3),
    "complaints": ("", "complaints", 3),
    "queue_day": ("queue=Gold", "intervals", 0),  # one at least: a new one may just begin
}


@contextmanager
def kept_up(lodge: Program, *names: str) -> Generator[str]:
    """The services, once the console answers; its address."""
    console = f"http://127.0.0.1:{lodge.web_port}"
    with lodge.up(*names):
        until(lambda: answers(f"{console}/ready"))
        yield console


@pytest.mark.slow
@pytest.mark.browser
def test_six_links_are_asked_shown_used_and_landed(
    store_urls: StoreUrls,
    fresh_postgres_database: str,
    fresh_mariadb_database: str,
    carrier: str,
    chromium: Path,
    tmp_path: Path,
) -> None:
    if which("xmllint") is None:
        missing("xmllint", "Debian: apt-get install libxml2-utils")
    home = tmp_path / "home"
    lodge = Program(home, store_urls)
    lodge.environment["LODGE_SECRET_CARRIER"] = "sesame"
    orders = fill_orders(fresh_postgres_database)
    set_up(
        lodge,
        home,
        mariadb=fill_customers(fresh_mariadb_database),
        postgresql=orders,
        service=carrier,
    )
    key = lodge("api", "key", "six", "--user", "ines").strip()

    with kept_up(lodge, "web", "workflow_engine") as console:
        placed = until(lambda: _placed(lodge))
        assert placed == {"My lamp": "Gold", "My stool": "General"}
        lodge("pipelines", "run")
        for name, (query, root, rows) in ASKED.items():
            address = f"{console}/links/{name}?{query}"
            written = curl(address, key, "application/xml")
            (tmp_path / "schema.xsd").write_bytes(
                curl(f"{console}/links/{name}/schema.xsd", key, "*/*")
            )
            (tmp_path / "answer.xml").write_bytes(written)
            checked = subprocess.run(
                ["xmllint", "--noout", "--schema", "schema.xsd", "answer.xml"],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert checked.returncode == 0, checked.stderr
            read = etree.fromstring(written)
            assert read.tag == root, name
            assert len(read) - 1 == (rows or max(1, len(read) - 1)), name
            said = json.loads(curl(address, key, "application/json"))
            assert len(said[root]) == len(read) - 1, name
        _panels_show(chromium, console, _activity_of(lodge, "My lamp"), tmp_path)

    _landed(lodge)


def _placed(lodge: Program) -> dict[str, str] | None:
    """Queues by subject, once both mails have one."""
    rows = _waiting(lodge)
    return rows if len(rows) == 2 else None


def _waiting(lodge: Program) -> dict[str, str]:
    queues = "select q.queue_id, q.name from queues q"
    active = create_engine(lodge.environment["LODGE_ACTIVE_URL"])
    master = create_engine(lodge.environment["LODGE_MASTER_URL"])
    with master.connect() as connection:
        names = {row.queue_id: row.name for row in connection.execute(text(queues))}
    with active.connect() as connection:
        found = connection.execute(
            text("select subject, queue_id from activities where queue_id is not null")
        )
        placed = {row.subject: names[row.queue_id] for row in found}
    master.dispose()
    active.dispose()
    return placed


def _activity_of(lodge: Program, subject: str) -> int:
    engine = create_engine(lodge.environment["LODGE_ACTIVE_URL"])
    with engine.connect() as connection:
        query = text("select activity_id from activities where subject = :subject")
        found = connection.execute(query, {"subject": subject}).scalar_one()
    engine.dispose()
    return found


def _panels_show(chromium: Path, console: str, activity_id: int, folder: Path) -> None:
    """Sam opens the gold customer's mail; both panels come beside it, at both widths."""
    with browser_page(chromium) as page:
        page.goto(f"{console}/console/")
        page.get_by_label("Name").fill("sam")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Waiting").wait_for()
        page.goto(f"{console}/console/activities/{activity_id}")
        shop = page.get_by_role("region", name="In the shop")
        expect(shop).to_contain_text("gold")
        expect(page.locator("#panel-deliveries")).to_contain_text("P5")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=folder / f"panels-{width}.png", full_page=True)
            is_wide: Any = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not is_wide, width


def _landed(lodge: Program) -> None:
    assert lodge.sql("select number, total, item from links.orders order by number") == [
        {"number": 1, "total": 39.9, "item": '["lamp","bulb"]'},
        {"number": 2, "total": 24.5, "item": '["stool"]'},
    ]
    assert [row["article"] for row in lodge.sql("select article from links.prices_filed")]
    [complaint] = lodge.sql("select said, rating from links.complaints where number = 1")
    assert complaint == {"said": 'It came\nin pieces,\tall "fragile".', "rating": 1}
