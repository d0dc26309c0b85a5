"""Signing in by the console's forms: with a code, by a provider, by a link, behind a proxy."""

from collections.abc import Generator
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.testclient import TestClient
from pyotp.totp import TOTP
from sqlalchemy import select

from identity.local_provider import CLIENT_ID, CLIENT_SECRET, LocalProvider, providing
from lodge_core.console.routes import router as console
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.identity import second_factor
from lodge_platform.schema.master import IdentityProvider, SignInAttempt
from lodge_platform.web.assembly import create_application
from web.office import PASSWORD, Office, send, sign_in, token_in

CODE = "/console/sign-in/code"


def with_settings(office: Office, **settings: object) -> Office:
    """The same office under other settings."""
    office.place.lodge = replace(
        office.lodge,
        settings=replace(office.lodge.settings, **settings),  # type: ignore[arg-type]
    )
    office.application = create_application(office.lodge, [console])
    return office


def enrolled(office: Office, name: str) -> list[str]:
    """This person has a second factor since a moment ago; their recovery codes."""
    user_id = office.place.agents[name]
    secret = second_factor.begin_enrolment(office.lodge, user_id).secret
    return second_factor.confirm(
        office.lodge, user_id, TOTP(secret).now(), by="test", now=utc_now()
    )


def test_a_code_is_asked_for_and_the_page_that_was_wanted_comes_after_it(office: Office) -> None:
    office.person("grace")
    codes = enrolled(office, "grace")
    browser = office.browser()
    page = browser.get("/console/sign-in?next=/console/account")
    first = send(
        browser,
        "/console/sign-in",
        token_in(page),
        name="grace",
        password=PASSWORD,
        next="/console/account",
    )
    assert first.headers["location"] == f"{CODE}?next=%2Fconsole%2Faccount"
    assert "lodge_session" not in browser.cookies
    assert browser.get("/console/").status_code == 303
    asked = browser.get(first.headers["location"])
    assert "Six digits" in asked.text
    wrong = send(browser, CODE, token_in(asked), code="000000")
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.text
    done = send(browser, CODE, token_in(wrong), code=codes[0], next="/console/account")
    assert (done.status_code, done.headers["location"]) == (303, "/console/account")
    assert "by password and code" in browser.get("/console/account").text


def test_s22_the_second_step_is_over_after_five_wrong_codes(office: Office) -> None:
    office.person("grace")
    codes = enrolled(office, "grace")
    browser = office.browser()
    assert sign_in(browser, "grace").headers["location"].startswith(CODE)
    token = token_in(browser.get(CODE))
    for _ in range(5):
        assert send(browser, CODE, token, code="000000").status_code == 422
    over = send(browser, CODE, token, code=codes[0])
    assert over.headers["location"].startswith("/console/sign-in?notice=step")
    assert "Begin again with your password" in browser.get(over.headers["location"]).text


def test_s28_the_step_of_one_browser_is_worth_nothing_in_another(office: Office) -> None:
    office.person("grace")
    codes = enrolled(office, "grace")
    mine, other = office.browser(), office.browser()
    sign_in(mine, "grace")
    assert other.get(CODE).headers["location"] == "/console/sign-in"
    token = token_in(other.get("/console/sign-in"))
    refused = send(other, CODE, token, code=codes[0])
    assert refused.headers["location"].startswith("/console/sign-in?notice=step")
    cookie = next(each for each in mine.cookies.jar if each.name == "lodge_step")
    assert cookie.path == CODE
    assert cookie.has_nonstandard_attr("HttpOnly")


def test_s33_the_second_step_takes_no_form_of_another_site(office: Office) -> None:
    office.person("grace")
    codes = enrolled(office, "grace")
    browser = office.browser()
    sign_in(browser, "grace")
    token = token_in(browser.get(CODE))
    data = {"forgery_token": token, "code": codes[0]}
    assert browser.post(CODE, data=data, headers={"origin": "http://evil.test"}).status_code == 403
    assert browser.post(CODE, data={"code": codes[0]}).status_code == 403


def test_who_finds_no_seat_is_told_how_many_there_are(office: Office) -> None:
    office.person("grace")
    office.person("alan")
    home = office.lodge.settings.home
    (home / "entitlements.yaml").write_text("seats:\n  email: {concurrent: 1}\n")
    assert sign_in(office.browser(), "grace").status_code == 303
    full = sign_in(office.browser(), "alan")
    assert full.status_code == 409
    assert "The only seat for e-mail is taken" in full.text
    assert "as soon as somebody signs out" in full.text


def test_s23_the_address_of_a_try_is_the_one_a_listed_proxy_says(office: Office) -> None:
    office.person("grace")
    seen: list[str] = []
    for trusted in ("", "192.0.2.10"):
        browser = TestClient(
            with_settings(office, trusted_proxies=trusted).application,
            base_url="http://lodge.test",
            headers={"accept": "text/html", "x-forwarded-for": "198.51.100.1, 203.0.113.5"},
            follow_redirects=False,
            client=("192.0.2.10", 5000),
        )
        sign_in(browser, "grace")
    with office.lodge.stores.master.read() as connection:
        order = SignInAttempt.sign_in_attempt_id
        seen = list(connection.scalars(select(SignInAttempt.address).order_by(order)))
    assert seen == ["192.0.2.10", "203.0.113.5"]


@pytest.fixture
def provider(office: Office) -> Generator[LocalProvider]:
    """A provider on this machine, offered on the sign-in page."""
    secrets = office.lodge.settings.home / "secrets"
    secrets.mkdir(parents=True, exist_ok=True)
    (secrets / "staff_oidc").write_text(CLIENT_SECRET)
    with providing(utc_now()) as listening:
        with change_configuration(office.lodge.stores.master, by="test", now=utc_now()) as session:
            session.add(
                IdentityProvider(
                    name="staff",
                    display_name="Staff account",
                    issuer=listening.issuer,
                    client_id=CLIENT_ID,
                    client_secret_name="staff_oidc",
                )
            )
        with_settings(office, outgoing_allowed=f"127.0.0.1:{listening.port}")
        yield listening


def there_and_back(browser: httpx.Client, provider: LocalProvider, out: str) -> httpx.Response:
    """Sign in at the provider, and what the browser is answered when it comes back."""
    brought = provider.sign_in(out)
    return browser.get(f"/console/sign-in/by/staff/back?{urlencode(brought)}")


def test_an_account_is_linked_from_the_account_page_and_signs_in(
    office: Office, provider: LocalProvider
) -> None:
    office.person("grace")
    grace = office.signed_in("grace")
    token = token_in(grace.get("/console/account"))
    page = send(grace, "/console/account/link/staff", token)
    assert page.status_code == 200, page.text
    out = page.text.split('<a class="button strong" href="')[1].split('"')[0].replace("&amp;", "&")
    linked = there_and_back(grace, provider, out)
    assert linked.headers["location"] == "/console/account?notice=linked"
    browser = office.browser()
    assert "Sign in with Staff account" in browser.get("/console/sign-in").text
    out = browser.get("/console/sign-in/by/staff?next=/console/account").headers["location"]
    done = there_and_back(browser, provider, out)
    assert (done.status_code, done.headers["location"]) == (303, "/console/account")
    assert "by staff" in browser.get("/console/account").text


def test_s24_an_unknown_account_is_told_its_name_for_the_administrator(
    office: Office, provider: LocalProvider
) -> None:
    provider.subject = "<b>s-77</b>"
    browser = office.browser()
    refused = there_and_back(
        browser, provider, browser.get("/console/sign-in/by/staff").headers["location"]
    )
    assert refused.status_code == 403
    assert "&lt;b&gt;s-77&lt;/b&gt;" in refused.text
    assert "lodge_session" not in browser.cookies


def test_s24_a_stranger_cannot_finish_what_another_browser_began(
    office: Office, provider: LocalProvider
) -> None:
    mine, other = office.browser(), office.browser()
    out = mine.get("/console/sign-in/by/staff").headers["location"]
    refused = there_and_back(other, provider, out)
    assert refused.status_code == 400
    assert "begun in another browser" in refused.text


def test_s24_a_token_that_does_not_hold_is_refused_without_saying_why(
    office: Office, provider: LocalProvider
) -> None:
    provider.is_unsigned = True
    browser = office.browser()
    refused = there_and_back(
        browser, provider, browser.get("/console/sign-in/by/staff").headers["location"]
    )
    assert refused.status_code == 403
    assert "does not belong to this sign-in" in refused.text
    assert "algorithm" not in refused.text


def test_s33_linking_takes_no_form_of_another_site(office: Office, provider: LocalProvider) -> None:
    office.person("grace")
    grace = office.signed_in("grace")
    token = token_in(grace.get("/console/account"))
    data = {"forgery_token": token}
    for headers in ({"origin": "http://evil.test"}, {"sec-fetch-site": "cross-site"}):
        answer = grace.post("/console/account/link/staff", data=data, headers=headers)
        assert answer.status_code == 403
    assert grace.post("/console/account/link/staff", data={}).status_code == 403


def test_an_unknown_provider_is_not_there(office: Office) -> None:
    assert office.browser().get("/console/sign-in/by/nobody").status_code == 404
