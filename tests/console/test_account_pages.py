"""One's own account in the console, and the people whom one manages."""

import re
from datetime import timedelta

import pytest
from pyotp.totp import TOTP
from sqlalchemy import select, update

from lodge_platform.clock import utc_now
from lodge_platform.identity import second_factor, who_is_key
from lodge_platform.schema.master import User, UserRole, UserRoleQueue, UserSession
from web.office import PASSWORD, Office, send, sign_in, token_in

ACCOUNT = "/console/account"
NEW = "another horse"


def test_a_new_password_signs_out_everywhere_else_but_not_here(office: Office) -> None:
    office.person("grace")
    here, there = office.signed_in("grace"), office.signed_in("grace")
    token = token_in(here.get(ACCOUNT))
    for old, new, again, said in (
        ("wrong", NEW, NEW, "This is not your password"),
        (PASSWORD, NEW, "other", "The two new passwords differ"),
        (PASSWORD, "short", "short", "A password has 8 to 256 characters"),
    ):
        refused = send(here, f"{ACCOUNT}/password", token, old=old, new=new, again=again)
        assert refused.status_code == 422
        assert said in refused.text
    done = send(here, f"{ACCOUNT}/password", token, old=PASSWORD, new=NEW, again=NEW)
    assert done.headers["location"] == f"{ACCOUNT}?notice=password"
    assert "Your password is changed" in here.get(done.headers["location"]).text
    assert there.get(ACCOUNT).status_code == 303
    assert sign_in(office.browser(), "grace", NEW).status_code == 303


def test_a_second_factor_is_set_up_shown_and_removed(office: Office) -> None:
    office.person("grace")
    grace = office.signed_in("grace")
    token = token_in(grace.get(ACCOUNT))
    assert send(grace, f"{ACCOUNT}/second-factor", token).status_code == 303
    page = grace.get(f"{ACCOUNT}/second-factor")
    assert "<svg" in page.text
    secret = re.findall(r'<code class="shown">([A-Z2-7 ]+)</code>', page.text)[0].replace(" ", "")
    wrong = send(grace, f"{ACCOUNT}/second-factor/confirm", token, code="000000")
    assert wrong.status_code == 422
    shown = send(grace, f"{ACCOUNT}/second-factor/confirm", token, code=TOTP(secret).now())
    codes = re.findall(r"<li><code>([a-z0-9-]{31})</code></li>", shown.text)
    assert len(codes) == 10
    page = grace.get(ACCOUNT)
    assert "10 recovery codes are left" in page.text
    token = token_in(page)
    renewed = send(grace, f"{ACCOUNT}/second-factor/codes", token, code=codes[0])
    fresh = re.findall(r"<li><code>([a-z0-9-]{31})</code></li>", renewed.text)
    assert not set(fresh) & set(codes)
    refused = send(grace, f"{ACCOUNT}/second-factor/remove", token, code=codes[1])
    assert refused.status_code == 422
    gone = send(grace, f"{ACCOUNT}/second-factor/remove", token, code=fresh[1])
    assert gone.headers["location"] == f"{ACCOUNT}?notice=factor_gone"
    assert "is removed" in grace.get(gone.headers["location"]).text


def test_a_key_is_made_shown_once_and_revoked(office: Office) -> None:
    office.person("ida", "integrator")
    ida = office.signed_in("ida")
    token = token_in(ida.get(ACCOUNT))
    wrong = send(ida, f"{ACCOUNT}/keys", token, name="sync", days=30)
    assert wrong.status_code == 422
    assert "Name the actions the key is for" in wrong.text
    made = send(ida, f"{ACCOUNT}/keys", token, name="sync", days=30, action="export")
    [key] = re.findall(r"lodge_[0-9a-f]{64}", made.text)
    found = who_is_key(office.lodge, key, utc_now(), "")
    assert found is not None
    assert key not in ida.get(ACCOUNT).text
    ended = send(ida, f"{ACCOUNT}/keys/{found.api_key_id}/revoke", token)
    assert ended.headers["location"] == f"{ACCOUNT}?notice=revoked"
    assert who_is_key(office.lodge, key, utc_now(), "") is None


def test_after_a_while_a_password_is_asked_for_again_before_what_lasts(office: Office) -> None:
    office.person("ida", "integrator")
    ida = office.signed_in("ida")
    with office.lodge.stores.master.write() as connection:
        earlier = utc_now() - timedelta(hours=1)
        connection.execute(update(UserSession).values(started_at=earlier))
    page = ida.get(ACCOUNT)
    assert "Your password" in page.text
    token = token_in(page)
    for path, fields in (("keys", {"name": "x", "action": "export"}), ("second-factor", {})):
        refused = send(ida, f"{ACCOUNT}/{path}", token, **fields)
        assert "This is not your password" in refused.text
        taken = send(ida, f"{ACCOUNT}/{path}", token, password=PASSWORD, **fields)
        assert taken.status_code in (200, 303)


def test_one_signs_out_elsewhere(office: Office) -> None:
    office.person("grace")
    here, there = office.signed_in("grace"), office.signed_in("grace")
    page = here.get(ACCOUNT)
    [path] = set(re.findall(r"/console/account/sessions/\d+/end", page.text))
    assert send(here, path, token_in(page)).status_code == 303
    assert there.get(ACCOUNT).status_code == 303
    assert here.get(ACCOUNT).status_code == 200
    assert send(here, f"{ACCOUNT}/sessions/99999/end", token_in(page)).status_code == 404


def test_an_administrator_invites_somebody_who_then_signs_in(office: Office) -> None:
    office.person("ada", "administrator")
    ada = office.signed_in("ada")
    people = ada.get("/console/people")
    token, department = token_in(people), office.place.department_id
    assert "Ada" in people.text
    said = {"sign_in_name": "Bob", "display_name": "Bob B.", "department_id": department}
    made = send(ada, "/console/people", token, **said)
    home = made.headers["location"].partition("?")[0]
    taken = send(ada, "/console/people", token, **said)
    assert "The sign-in name &#39;bob&#39; is taken" in taken.text
    with office.lodge.stores.master.read() as connection:
        agent = connection.execute(select(UserRole.role_id)).scalars().first()
    granted = send(
        ada,
        f"{home}/roles",
        token,
        role_id=agent,
        department_id=department,
        queue_id=office.place.queues["Refunds"],
    )
    assert granted.status_code == 303, granted.text
    assert "only Refunds" in ada.get(home).text
    shown = send(ada, f"{home}/link", token)
    [link] = re.findall(r"http://lodge\.test(/console/link/[\w-]+)<", shown.text)
    bob = office.browser()
    page = bob.get(link)
    assert "You will sign in as <b>bob</b>" in page.text
    for password, again, expected in (("short", "short", 422), (NEW, "x", 422), (NEW, NEW, 303)):
        answer = send(bob, link, token_in(page), password=password, again=again)
        assert answer.status_code == expected
    over = bob.get(link)
    assert (over.status_code, "This link is over" in over.text) == (410, True)
    assert sign_in(bob, "bob", NEW).status_code == 303


def test_a_person_is_changed_disabled_and_enabled(office: Office) -> None:
    office.person("ada", "administrator")
    grace = office.person("grace")
    browser = office.signed_in("grace")
    ada = office.signed_in("ada")
    home = f"/console/people/{grace}"
    token = token_in(ada.get(home))
    said = {"sign_in_name": "grace", "display_name": "Rear Admiral", "email_address": "g@x.org"}
    department = office.place.department_id
    assert send(ada, home, token, department_id=department, **said).status_code == 303
    wrong = send(ada, home, token, department_id=department, **(said | {"email_address": "no"}))
    assert "An e-mail address is NAME@HOST" in wrong.text
    assert "Rear Admiral" in ada.get("/console/people?q=admir").text
    assert "Nobody here has" in ada.get("/console/people?q=100%25").text
    assert send(ada, f"{home}/disable", token).status_code == 303
    assert browser.get(ACCOUNT).status_code == 303
    assert sign_in(browser, "grace").status_code == 422
    assert send(ada, f"{home}/enable", token).status_code == 303
    assert sign_in(browser, "grace").status_code == 303
    assert send(ada, f"{home}/sign-out", token).status_code == 303
    assert browser.get(ACCOUNT).status_code == 303
    own = f"/console/people/{office.place.agents['ada']}/disable"
    assert send(ada, own, token).status_code == 422


def test_a_lost_second_factor_is_reset(office: Office) -> None:
    office.person("ada", "administrator")
    grace = office.person("grace")
    secret = second_factor.begin_enrolment(office.lodge, grace).secret
    second_factor.confirm(office.lodge, grace, TOTP(secret).now(), by="test", now=utc_now())
    ada = office.signed_in("ada")
    home = f"/console/people/{grace}"
    page = ada.get(home)
    assert "and a second factor" in page.text
    assert send(ada, f"{home}/second-factor/reset", token_in(page)).status_code == 303
    assert sign_in(office.browser(), "grace").headers["location"] == "/console/"


@pytest.mark.parametrize("path", ["/console/people", "/console/people/1"])
def test_s08_who_manages_nobody_sees_no_people(office: Office, path: str) -> None:
    office.person("grace")
    grace = office.signed_in("grace")
    assert grace.get(path).status_code == 403
    assert 'href="/console/people"' not in grace.get("/console/").text


def test_s08_people_of_another_department_are_not_there(office: Office) -> None:
    office.person("ada", "administrator")
    ada = office.signed_in("ada")
    olga = office.person("olga")
    elsewhere = office.department("Elsewhere")
    with office.lodge.stores.master.write() as connection:
        connection.execute(update(User).where(User.user_id == olga).values(department_id=elsewhere))
    assert "olga" not in ada.get("/console/people").text
    token = token_in(ada.get("/console/people"))
    answers: list[str] = []
    for user_id in (olga, 99999):
        home = f"/console/people/{user_id}"
        posts = ("link", "disable", "enable", "sign-out", "second-factor/reset")
        pages = [ada.get(home), *(send(ada, f"{home}/{each}", token) for each in posts)]
        assert {page.status_code for page in pages} == {404}
        answers += [page.text for page in pages]
    assert len(set(answers)) == 1


def test_a_grant_is_revoked_with_its_queues(office: Office) -> None:
    office.person("ada", "administrator")
    grace = office.person("grace")
    with office.lodge.stores.master.write() as connection:
        grant = connection.execute(
            select(UserRole.user_role_id).where(UserRole.user_id == grace)
        ).scalar_one()
        connection.execute(
            UserRoleQueue.__table__.insert().values(
                user_role_id=grant, queue_id=office.place.queues["Refunds"], version_no=1
            )
        )
    ada = office.signed_in("ada")
    home = f"/console/people/{grace}"
    gone = send(ada, f"{home}/roles/{grant}/revoke", token_in(ada.get(home)))
    assert gone.status_code == 303
    assert "No role yet" in ada.get(home).text
