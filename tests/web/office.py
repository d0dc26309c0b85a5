"""A workplace whose people sign in to the real application, and what their browsers send."""

import re
import socket
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from fixtures.workplace import NINE, Workplace
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import create_user, seed_roles
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Department, SkillGroupMember
from lodge_platform.web.assembly import create_application
from lodge_platform.web.serve import run

PASSWORD = "correct horse"
ORIGIN = "http://lodge.test"
HTML = {"accept": "text/html"}


@dataclass
class Office:
    """A workplace with roles, and the application over it."""

    place: Workplace
    application: FastAPI

    @property
    def lodge(self) -> Lodge:
        """The Lodge behind both."""
        return self.place.lodge

    def person(
        self, name: str, role: str = "agent", *, groups: Sequence[str] = ("Everybody", "Billing")
    ) -> int:
        """Somebody with a role and the password of everybody here; the key."""
        user_id = create_user(
            self.lodge,
            name,
            display_name=name.capitalize(),
            department_id=self.place.department_id,
            password=PASSWORD,
            roles=[role],
            by="test",
            now=NINE,
        )
        with change_configuration(self.lodge.stores.master, by="test", now=NINE) as session:
            for group in groups:
                key = self.place.groups[group]
                session.add(SkillGroupMember(skill_group_id=key, user_id=user_id))
        self.place.agents[name] = user_id
        return user_id

    def department(self, name: str) -> int:
        """Another department; the key."""
        with change_configuration(self.lodge.stores.master, by="test", now=NINE) as session:
            row = Department(name=name)
            session.add(row)
            session.flush()
            return row.department_id

    def browser(self) -> TestClient:
        """A browser that nobody has signed in with yet; it asks for pages, follows no redirect."""
        return TestClient(self.application, base_url=ORIGIN, headers=HTML, follow_redirects=False)

    def signed_in(self, name: str) -> TestClient:
        """A browser in which this person has signed in."""
        browser = self.browser()
        answer = sign_in(browser, name)
        assert answer.status_code == 303, answer.text
        return browser


def office_of(place: Workplace, routers: Sequence[APIRouter]) -> Office:
    """Roles for the workplace, and the application with these routers."""
    with change_configuration(place.lodge.stores.master, by="test", now=NINE) as session:
        seed_roles(session)
    return Office(place, create_application(place.lodge, routers))


def sign_in(browser: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    """Fill in the sign-in form and send it."""
    page = browser.get("/console/sign-in")
    return send(browser, "/console/sign-in", token_in(page), name=name, password=password)


def send(browser: httpx.Client, path: str, token: str, **fields: object) -> httpx.Response:
    """Send a form as a browser does, from a page of ours."""
    data = {"forgery_token": token} | {name: str(value) for name, value in fields.items()}
    origin = str(browser.base_url).rstrip("/")
    return browser.post(path, data=data, headers={"origin": origin})


def token_in(page: httpx.Response) -> str:
    """The token in the forms of a page."""
    found = re.search(r'name="forgery_token" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return found[1]


@contextmanager
def serving(
    lodge: Lodge, application: FastAPI | None = None
) -> Generator[tuple[str, threading.Event]]:
    """The service `web` at work on a free port: its address, and the event that stops it.

    It serves what is registered, or the given application.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    stop = threading.Event()
    there = replace(lodge, settings=replace(lodge.settings, web_port=port))
    thread = threading.Thread(target=run, args=(there, stop), kwargs={"application": application})
    thread.start()
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", thread)
        yield f"http://127.0.0.1:{port}", stop
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def _wait_for(address: str, thread: threading.Thread) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and thread.is_alive():
        try:
            httpx.get(address)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the web service did not start")
