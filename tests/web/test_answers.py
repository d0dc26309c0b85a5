"""What the application answers: headers on everything, errors in words, nothing forged taken."""

from datetime import timedelta

import pytest
from fastapi import APIRouter, Request
from fastapi.testclient import TestClient

from fixtures.workplace import Workplace
from lodge_core.console.routes import router as console
from lodge_platform.clock import utc_now
from lodge_platform.errors import (
    ConflictError,
    ForbiddenError,
    MistakeError,
    NotFoundError,
    RefusedError,
    TryAgainError,
)
from lodge_platform.identity import Action, who_is
from lodge_platform.web.guards import GREATEST_BODY_BYTES
from lodge_platform.web.rights import Reader, lodge_of, right
from web.office import HTML, ORIGIN, Office, office_of, send, sign_in, token_in

JSON = {"accept": "application/json"}
ERRORS = {
    "refused": RefusedError("a queue has a name"),
    "missing": NotFoundError("no queue 7, nor any secret of it"),
    "conflict": ConflictError("the row changed since it was read"),
    "forbidden": ForbiddenError("you lack the right sql.query"),
    "later": TryAgainError("active store: database is locked"),
    "mistake": MistakeError("password=hunter2 at /srv/somebody/file.py"),
    "bug": ZeroDivisionError("division by zero in secret_function"),
}

extra = APIRouter(prefix="/extra")


@extra.get("/raise/{name}", dependencies=[right(Action.PUBLIC)])
def raise_error(name: str) -> None:
    raise ERRORS[name]


@extra.post("/write", dependencies=[right(Action.SESSION_OWN)])
def write(reader: Reader) -> dict[str, int]:
    return {"user_id": reader.user_id}


@extra.get("/numbers/{number}", dependencies=[right(Action.PUBLIC)])
def numbers(number: int, least: int = 0) -> dict[str, int]:
    return {"number": number, "least": least}


@extra.get("/careless", dependencies=[right(Action.PUBLIC)])
def careless(reader: Reader) -> None: ...


@extra.get("/queries", dependencies=[right(Action.SQL_QUERY)])
def queries(request: Request) -> dict[str, str]:
    return {"home": str(lodge_of(request).settings.home)}


@pytest.fixture
def browser(sqlite_workplace: Workplace) -> TestClient:
    """Nobody's browser, before an application with some more routes."""
    office = office_of(sqlite_workplace, [console, extra])
    office.person("grace")
    return TestClient(
        office.application,
        base_url=ORIGIN,
        headers=HTML,
        follow_redirects=False,
        raise_server_exceptions=False,
    )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("refused", 422),
        ("missing", 404),
        ("conflict", 409),
        ("forbidden", 403),
        ("later", 503),
        ("mistake", 500),
        ("bug", 500),
    ],
)
def test_an_error_is_a_page_for_people_and_problem_details_for_programs(
    browser: TestClient, name: str, status: int
) -> None:
    page = browser.get(f"/extra/raise/{name}")
    problem = browser.get(f"/extra/raise/{name}", headers=JSON)
    assert (page.status_code, problem.status_code) == (status, status)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>" in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert set(problem.json()) == {"type", "title", "status", "detail"}
    for answer in (page, problem):
        assert not any(word in answer.text for word in ("Traceback", "hunter2", "secret"))
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("retry-after" in page.headers) == (name == "later")


def test_a_thing_that_is_not_there_and_one_not_to_be_seen_look_the_same(
    browser: TestClient,
) -> None:
    answers = [
        browser.get(path) for path in ("/extra/raise/missing", "/nowhere", "/extra/numbers/x")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_an_unreadable_parameter_is_named(browser: TestClient) -> None:
    answer = browser.get("/extra/numbers/1?least=many", headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (422, "Missing or unreadable: least.")


def test_a_route_that_wants_its_reader_but_is_public_is_our_mistake(browser: TestClient) -> None:
    assert browser.get("/extra/careless").status_code == 500


def test_nobody_is_sent_to_sign_in_and_a_program_is_told(browser: TestClient) -> None:
    page = browser.get("/extra/queries")
    assert (page.status_code, page.headers["location"]) == (
        303,
        "/console/sign-in?next=/extra/queries",
    )
    assert browser.get("/extra/queries", headers=JSON).status_code == 401


def test_somebody_without_the_right_is_refused(browser: TestClient) -> None:
    sign_in(browser, "grace")
    answer = browser.get("/extra/queries", headers=JSON)
    assert (answer.status_code, answer.json()["detail"]) == (403, "You lack the right sql.query.")


def test_every_answer_has_the_security_headers(browser: TestClient) -> None:
    for path in ("/health", "/ready", "/console/sign-in", "/console/", "/static/lodge.css", "/no"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "permissions-policy" in headers
        assert "server" not in headers
    assert browser.get("/console/sign-in").headers["cache-control"] == "no-store"


def test_a_static_file_is_kept_for_long_under_its_versioned_address_only(
    browser: TestClient,
) -> None:
    page = browser.get("/console/sign-in").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in browser.get(address).headers["cache-control"]
    plain = browser.get(address.split("?")[0])
    assert plain.headers["cache-control"] == "no-cache"
    again = browser.get(address.split("?")[0], headers={"if-none-match": plain.headers["etag"]})
    assert again.status_code == 304
    assert browser.get("/static/..%2ftemplates%2fbase.html").status_code == 404


def test_s33_the_session_cookie_is_hidden_from_scripts_and_other_sites(
    browser: TestClient,
) -> None:
    [cookie] = [
        line
        for line in sign_in(browser, "grace").headers.get_list("set-cookie")
        if line.startswith("lodge_session=") and "Max-Age=0" not in line
    ]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_s33_a_form_of_ours_is_taken_and_a_forged_one_is_not(browser: TestClient) -> None:
    sign_in(browser, "grace")
    token = token_in(browser.get("/console/"))
    ours = {"forgery_token": token}
    assert send(browser, "/extra/write", token).status_code == 200
    assert browser.post("/extra/write", headers={"x-forgery-token": token}).status_code == 200
    for data, headers in (
        ({}, {"origin": ORIGIN}),
        ({"forgery_token": "0" * 64}, {"origin": ORIGIN}),
        ({"forgery_token": "é"}, {"origin": ORIGIN}),
        (ours, {"origin": "http://evil.test"}),
        (ours, {"origin": "http://lodge.test.evil.test"}),
        (ours, {"origin": "null"}),
        (ours, {"sec-fetch-site": "cross-site"}),
        (ours, {"sec-fetch-site": "same-site"}),
    ):
        assert browser.post("/extra/write", data=data, headers=headers).status_code == 403


def test_s33_the_token_of_another_session_is_not_taken(browser: TestClient) -> None:
    sign_in(browser, "grace")
    token = token_in(browser.get("/console/"))
    browser.cookies.clear()
    sign_in(browser, "grace")
    assert send(browser, "/extra/write", token).status_code == 403


def test_s33_nobody_is_signed_in_by_another_site(browser: TestClient) -> None:
    forged = browser.post("/console/sign-in", data={"name": "grace", "password": "correct horse"})
    assert forged.status_code == 403
    assert "lodge_session" not in browser.cookies


def test_s23_a_forwarded_address_is_a_claim_and_not_used(browser: TestClient) -> None:
    page = browser.get("/console/sign-in")
    data = {"forgery_token": token_in(page), "name": "grace", "password": "wrong"}
    browser.post(
        "/console/sign-in", data=data, headers={"x-forwarded-for": "10.0.0.1", "origin": ORIGIN}
    )
    from sqlalchemy import select

    from lodge_platform.schema.master import SignInAttempt

    with browser.app.state.lodge.stores.master.read() as connection:  # pyright: ignore
        addresses = set(connection.execute(select(SignInAttempt.address)).scalars())
    assert addresses == {"testclient"}


def test_s32_a_request_that_is_too_large_is_refused(browser: TestClient) -> None:
    sign_in(browser, "grace")
    large = b"x" * (GREATEST_BODY_BYTES + 1)
    form = {"content-type": "application/x-www-form-urlencoded"}
    for content in (large, iter([large[:1_000_000]] * 3)):
        answer = browser.post("/extra/write", content=content, headers=form)
        assert answer.status_code == 413
        assert "<title>" in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_after_sign_in_one_goes_on_to_a_page_of_ours_only(browser: TestClient) -> None:
    for wanted, place in (
        ("/console/activities/7", "/console/activities/7"),
        ("//evil.test/", "/console/"),
        ("https://evil.test/", "/console/"),
        ("/\\evil.test", "/console/"),
        ("/a\r\nSet-Cookie: x", "/console/"),
        ("", "/console/"),
    ):
        browser.cookies.clear()
        token = token_in(browser.get("/console/sign-in"))
        fields = {"name": "grace", "password": "correct horse", "next": wanted}
        answer = send(browser, "/console/sign-in", token, **fields)
        assert answer.headers["location"] == place


def test_a_page_that_asks_by_itself_does_not_keep_the_session_alive(browser: TestClient) -> None:
    sign_in(browser, "grace")
    lodge = browser.app.state.lodge  # pyright: ignore
    token = browser.cookies["lodge_session"]
    later = utc_now() + timedelta(hours=5)
    assert who_is(lodge, token, later, is_background=True)
    assert who_is(lodge, token, later + timedelta(hours=2)) is None


def test_the_application_is_ready_only_with_its_stores(office: Office) -> None:
    browser = office.browser()
    assert browser.get("/ready").json() == {
        "status": "ready",
        "stores": {"master": "ready", "active": "ready"},
    }
    with office.lodge.stores.active.write() as connection:
        connection.exec_driver_sql("drop table alembic_version")
    answer = browser.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["stores"]["active"] == "not migrated: run `lodge init`"
    assert browser.get("/health").status_code == 200
