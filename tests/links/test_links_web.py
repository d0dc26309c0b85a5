"""The paths under /links: both forms, headers, problems, rights. S-09, S-13."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lxml import etree

from fixtures.workplace import Workplace
from links.asking_house import LinkHouse, opened, parsed
from lodge_platform.identity.actions import Action

ADA = (7, "Ada", "gold", "ada@example.org")
GRACE = (8, "Grace", "silver", "grace@example.org")
ASKED = "customer?email=ada%40example.org"
INSIDE = (
    "title: T\nterm: T\naccess: {http: {url: 'http://10.0.0.1/'}}\n"
    "answer: {fields: [{name: a, term: A}]}\ncallers: {roles: [supervisor]}\n"
)


@pytest.fixture
def house(sqlite_workplace: Workplace) -> Generator[LinkHouse]:
    """The house on SQLite, with a customer link and two customers."""
    for house in opened(sqlite_workplace):
        house.customer()
        house.shop([ADA, GRACE])
        yield house


@pytest.fixture
def stored(workplace: Workplace) -> Generator[LinkHouse]:
    """The same, once on each engine."""
    for house in opened(workplace):
        house.customer()
        house.shop([ADA, GRACE])
        yield house


@pytest.fixture
def grace(house: LinkHouse) -> TestClient:
    """An agent's program."""
    return house.asker("grace", "agent")


def code(answer: Any) -> str:
    """The code at the end of a problem's type, from either form."""
    if "json" in answer.headers["content-type"]:
        said = answer.json()
        assert said["status"] == answer.status_code
        return said["type"].rsplit("/", 1)[1]
    error = parsed(answer.content)
    assert error.tag == "error"
    assert error.findtext("status") == str(answer.status_code)
    assert error.findtext("title")
    assert error.findtext("detail")
    return (error.findtext("type") or "").rsplit("/", 1)[1]


def test_xml_is_the_default_and_valid_by_the_links_own_schema(
    house: LinkHouse, grace: TestClient
) -> None:
    answer = grace.get(ASKED)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/xml"
    root = parsed(answer.content)
    assert root.tag == "customers"
    assert root.find("customer").get("number") == "7"
    assert root.findtext("customer/name") == "Ada"
    assert root.get("version") == house.links.library.get("customer").version
    assert root.find("end").get("rows") == "1"
    schema = grace.get("customer/schema.xsd")
    assert schema.headers["content-type"] == "application/xml"
    assert etree.XMLSchema(parsed(schema.content)).validate(root)


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (ASKED, {"accept": "application/json"}),
        (f"{ASKED}&format=json", {}),
        (f"{ASKED}&format=json", {"accept": "application/xml"}),
    ],
)
def test_json_by_accept_or_by_format(
    grace: TestClient, address: str, headers: dict[str, str]
) -> None:
    answer = grace.get(address, headers=headers)
    assert answer.headers["content-type"] == "application/json"
    said = answer.json()
    assert said["customers"] == [{"number": 7, "name": "Ada", "tier": "gold"}]
    assert said["end"] == {"rows": 1, "discarded": 0, "truncated": False}
    assert said["from_cache"] is False
    assert json.loads(grace.get("customer/schema.json").content)["type"] == "object"


def test_a_form_that_is_not_offered_is_406(grace: TestClient) -> None:
    answer = grace.get(ASKED, headers={"accept": "text/csv"})
    assert answer.status_code == 406
    assert code(answer) == "not-acceptable"


@pytest.mark.parametrize("form", ["application/xml", "application/json"])
@pytest.mark.parametrize(
    ("address", "status", "wanted"),
    [
        ("customer", 422, "refused"),
        ("customer?email=a&mail=b", 400, "invalid-query"),
        (f"customer?email={'a' * 201}", 422, "refused"),
        ("customer?email=a&email=b", 400, "invalid-query"),
        ("customer?email=%ff", 400, "invalid-query"),
        ("customer?email=%00", 400, "invalid-query"),
        ("customer?email=a&format=csv", 400, "invalid-query"),
        ("nothing?email=a", 404, "not-found"),
        ("customer/nothing", 404, "not-found"),
        ("customer/schema.xsd?a=b", 400, "invalid-query"),
    ],
)
def test_each_problem_is_told_in_the_form_that_is_wanted(
    grace: TestClient, form: str, address: str, status: int, wanted: str
) -> None:
    if "format=" in address and form == "application/xml":
        form = "*/*"
    answer = grace.get(address, headers={"accept": form})
    assert (answer.status_code, code(answer)) == (status, wanted)
    page = grace.get(f"http://lodge.test/api/v1/problems/{wanted}")
    assert page.status_code in (200, 404)  # the REST API is not part of this small house


def test_a_refused_parameter_names_itself_and_what_it_may_be(
    house: LinkHouse, grace: TestClient
) -> None:
    house.file(
        "tiers.yaml",
        (house.home / "links" / "customer.yaml")
        .read_text("utf-8")
        .replace("longest: 200", "allowed: [gold, silver]"),
    )
    answer = grace.get("tiers?email=golf&format=json")
    [error] = answer.json()["errors"]
    assert error["field"] == "email"
    assert error["allowed"] == ["gold", "silver"]
    assert "did you mean 'gold'?" in error["detail"]
    unknown = grace.get("tiers?emial=gold&format=json").json()
    assert unknown["errors"][0]["allowed"] == ["email"]


def test_a_link_one_may_not_ask_answers_as_one_that_is_not_there(stored: LinkHouse) -> None:
    """S-09: by role and by department, on every path, byte for byte."""
    sales = stored.house.department("Sales")
    text = (stored.home / "links" / "customer.yaml").read_text("utf-8")
    of_sales = "callers: {roles: [agent], departments: [Sales]}"
    stored.file("sales.yaml", text.replace("callers: {roles: [agent, supervisor]}", of_sales))
    stored.file("nobodys.yaml", text.replace("callers: {roles: [agent, supervisor]}", ""))
    programs = {
        "agent": stored.asker("grace", "agent"),
        "agent of sales": stored.asker("eve", "agent", department_id=sales),
        "supervisor": stored.asker("sue", "supervisor"),
        "analyst": stored.asker("ann", "analyst"),
        "administrator": stored.asker("root", "administrator"),
    }
    may = {
        who: [
            name
            for name in ("customer", "sales", "nobodys")
            if program.get(f"{name}?email=a").status_code == 200
        ]
        for who, program in programs.items()
    }
    assert may == {
        "agent": ["customer"],
        "agent of sales": ["customer", "sales"],
        "supervisor": ["customer"],
        "analyst": [],
        "administrator": ["customer", "sales", "nobodys"],
    }
    grace = programs["agent"]
    for rest in ("?email=a", "?nothing=a", "", "/schema.xsd", "/schema.json", "/about", "?%ff"):
        for accept in ("application/xml", "application/json", "text/csv", "*/*"):
            there = grace.get(f"nobodys{rest}", headers={"accept": accept})
            missing = grace.get(f"nowhere{rest}", headers={"accept": accept})
            assert there.status_code == missing.status_code == 404
            assert there.content == missing.content
            assert set(there.headers) == set(missing.headers)
    assert programs["analyst"].get(ASKED).status_code == 403  # lacks the right altogether


def test_a_key_of_few_actions_asks_as_far_as_its_user_may(house: LinkHouse) -> None:
    house.house.person("grace", "agent")
    key = house.house.key("grace", actions=[Action.LINK_ASK])
    said = house.program(key).get(f"{ASKED}&format=json").json()
    assert said["customers"] == [{"number": 7, "tier": "gold"}]  # names are personal
    assert "personal" in house.program(key).get("customer/about").text
    none = house.house.key("grace", actions=[Action.ACTIVITY_READ])
    assert house.program(none).get(ASKED).status_code == 403
    assert house.program().get(ASKED).status_code == 401


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(stored: LinkHouse) -> None:
    from sqlalchemy import select

    from fixtures.workplace import NINE
    from lodge_platform.configuration import change_configuration
    from lodge_platform.schema.master import Role, UserRole

    program = stored.asker("grace", "agent", "integrator")
    text = (stored.home / "links" / "customer.yaml").read_text("utf-8")
    assert program.get(ASKED).status_code == 200
    with change_configuration(stored.place.lodge.stores.master, by="test", now=NINE) as session:
        kept = ("agent",)
        roles = select(Role.role_id).where(Role.name.not_in(kept))
        for grant in session.scalars(select(UserRole).where(UserRole.role_id.in_(roles))):
            session.delete(grant)
    assert program.get(ASKED).status_code == 200
    stored.file("customer.yaml", text.replace("[agent, supervisor]", "[integrator]"))
    assert program.get(ASKED).status_code == 404


def test_what_stands_around_an_answer(house: LinkHouse, grace: TestClient) -> None:
    answer = grace.get(ASKED)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["vary"] == "Accept, Authorization, Cookie, Origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ratelimit" in answer.headers
    head = grace.head(ASKED)
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) > 100
    options = grace.options("customer")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    deleted = grace.delete("customer")
    assert (deleted.status_code, code(deleted)) == (405, "method-not-allowed")


def test_nobody_signed_in_is_told_so_and_a_person_is_led_to_the_sign_in(house: LinkHouse) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    stranger = house.program()
    answer = stranger.get(ASKED, headers=browser)
    assert (answer.status_code, code(answer)) == (401, "not-signed-in")
    page = stranger.get("customer/about", headers=browser)
    assert page.status_code == 303
    assert page.headers["location"] == "/console/sign-in?next=/links/customer/about"
    assert stranger.get("link-file.schema.json").status_code == 200


def test_a_link_that_writes_is_not_read_and_one_that_reads_not_written(house: LinkHouse) -> None:
    program = house.asker("root", "administrator")
    answer = program.post("customer", data={"email": "a"}, headers={"idempotency-key": "key-1"})
    assert (answer.status_code, code(answer)) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    house.file("note.yaml", f"{INSIDE}writes: true\n")
    for query in ("", "?order=7", "?odd=1"):
        answer = program.get(f"note{query}")
        assert (answer.status_code, code(answer)) == (405, "method-not-allowed")
        assert "by POST" in answer.text


def test_the_index_says_why_a_source_cannot_be_asked(house: LinkHouse) -> None:
    house.file("away.yaml", INSIDE)
    sue = house.asker("sue", "supervisor")
    assert sue.get("away").status_code == 503
    assert house.state("away").failure is not None
    index = sue.get("").text
    assert "does not answer" in index
    assert "10.0.0.1:80 leads inside, and is not in outgoing_allowed; name it there, or" in index


def test_the_index_tells_how_links_are_and_the_page_about_one_how_to_ask_it(
    house: LinkHouse,
) -> None:
    house.file("broken.yaml", "title: [")
    sue = house.asker("sue", "supervisor")
    index = sue.get("")
    assert index.status_code == 200
    assert "Customer in the shop" in index.text
    assert "cannot be used" in index.text
    assert "broken.yaml" in index.text
    about = sue.get("customer/about", headers={"host": "shop.example.org"})
    assert about.status_code == 200
    for said in (
        "http://shop.example.org/links/customer?email=ada%40example.org",
        "Key there.",
        "customer.address",
        "<b>agent</b>",
        "&lt;customers",
        "schema.xsd",
    ):
        assert said in about.text
    assert "unsafe" not in about.headers["content-security-policy"]
    style = sue.get("static/links.css")
    assert style.headers["content-type"].startswith("text/css")
    assert sue.get("static/nothing.css").status_code == 404
