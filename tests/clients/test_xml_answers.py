"""Answers as XML: each is of the schema that the server gives, and says what the JSON says."""

import re

import httpx
import pytest
from fastapi.testclient import TestClient
from lxml import etree

from api import odd_api, small_api
from api.house import House
from clients.conftest import XML, schema_served
from lodge_platform.api.assembly import registered_apis
from lodge_platform.api.openapi import openapi_document
from lodge_platform.api.xsd import schema_of
from lodge_platform.identity import Action

SPACES = {"l": "urn:lodge:api:1", "p": "urn:ietf:rfc:7807"}
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
ODD = 'a & b < c ]]> "d"\r\n\te \x01\x1f \\u0041 \u2028 \ufffe 😀 é'


def read(answer: httpx.Response, schema: etree.XMLSchema) -> etree._Element:
    """The document of an answer, which is of the schema."""
    assert answer.headers["content-type"] == "application/xml"
    document = etree.fromstring(answer.content)
    schema.assertValid(document)
    return document


def test_a_thing_and_a_page_are_of_the_schema_and_say_what_the_json_says(
    small_house: House, sue: TestClient
) -> None:
    keys = [small_house.case(subject) for subject in ("One", "Two", "Three")]
    schema = schema_served(sue)
    for key in keys:
        json = sue.get(f"/cases/{key}").json()
        case = read(sue.get(f"/cases/{key}", headers=XML), schema)
        assert case.tag == "{urn:lodge:api:1}case"
        assert [etree.QName(child).localname for child in case] == list(json)
        assert case.findtext("l:subject", namespaces=SPACES) == json["subject"]
        assert case.findtext("l:opened_at", namespaces=SPACES) == json["opened_at"]
        closed = case.find("l:closed_at", SPACES)
        assert closed is not None
        assert closed.get(NIL) == "true"
    first = sue.get("/cases?limit=2&count=true", headers=XML)
    page = read(first, schema)
    assert page.tag == "{urn:lodge:api:1}cases"
    assert len(page.findall("l:items/l:case", SPACES)) == 2
    assert page.findtext("l:total", namespaces=SPACES) == "3"
    after = page.findtext("l:after", namespaces=SPACES)
    last = read(sue.get(f"/cases?limit=2&after={after}", headers=XML), schema)
    assert last.findtext("l:items/l:case/l:case_id", namespaces=SPACES) == str(keys[2])
    none = read(sue.get("/cases?subject=None", headers=XML), schema)
    assert none.xpath("count(l:items/*)", namespaces=SPACES) == 0


def test_fewer_fields_and_withheld_ones_are_of_the_schema(
    small_house: House, sue: TestClient
) -> None:
    key = small_house.case()
    schema = schema_served(sue)
    read(sue.get("/cases?fields=subject,status", headers=XML), schema)
    blind = small_house.program(small_house.key("sue", actions=[Action.ACTIVITY_READ]))
    case = read(blind.get(f"/cases/{key}", headers=XML), schema)
    assert [one.text for one in case.findall("l:withheld/l:item", SPACES)][:1] == ["subject"]


def test_characters_that_xml_cannot_hold_come_escaped_and_go_back_in(
    small_house: House, sue: TestClient
) -> None:
    key = small_house.case()
    schema = schema_served(sue)
    tag = sue.get(f"/cases/{key}").headers["etag"]
    made = sue.patch(f"/cases/{key}", json={"subject": ODD}, headers={"if-match": tag})
    assert made.status_code == 200, made.text
    answer = sue.get(f"/cases/{key}", headers=XML)
    subject = read(answer, schema).find("l:subject", SPACES)
    assert subject is not None
    assert subject.get("escaped") == "true"
    assert r"\u0001\u001f \\u0041" in (subject.text or "")
    back = re.search(r"<subject.*?</subject>", answer.text, re.DOTALL)
    assert back is not None
    other = small_house.case("other")
    changed = sue.patch(
        f"/cases/{other}",
        content=f'<case xmlns="urn:lodge:api:1">{back[0]}</case>'.encode(),
        headers=XML | {"content-type": "application/xml", "if-match": "*"},
    )
    read(changed, schema)
    assert sue.get(f"/cases/{other}").json()["subject"] == ODD


def test_free_values_of_every_type_are_of_the_schema(small_house: House, sue: TestClient) -> None:
    attributes = {"colour & size": "red", "1": 5, "half": 0.5, "big": True, "none": None,
                  "list": ["a", 1, [], {}], "map": {"": "", "\x02": "\x03"}}  # fmt: skip
    small_house.change(small_house.case(), attributes=attributes)
    schema = schema_served(sue)
    page = read(sue.get("/cases", headers=XML), schema)
    entries = page.findall(".//l:attributes/l:entry", SPACES)
    assert [entry.get("name") for entry in entries] == list(
        sue.get("/cases").json()["items"][0]["attributes"]
    )


def test_the_two_forms_have_two_etags_and_either_allows_the_change(
    small_house: House, sue: TestClient
) -> None:
    key = small_house.case()
    json = sue.get(f"/cases/{key}").headers["etag"]
    xml = sue.get(f"/cases/{key}", headers=XML).headers["etag"]
    assert json != xml
    same = sue.get(f"/cases/{key}", headers=XML | {"if-none-match": xml})
    assert (same.status_code, same.content) == (304, b"")
    assert sue.get(f"/cases/{key}", headers=XML | {"if-none-match": json}).status_code == 200
    body = b"<edit_case><subject>by XML</subject></edit_case>"
    sent = XML | {"content-type": "application/xml", "if-match": xml}
    changed = sue.patch(f"/cases/{key}", content=body, headers=sent)
    assert changed.status_code == 200
    assert changed.headers["etag"] == sue.get(f"/cases/{key}", headers=XML).headers["etag"]
    assert sue.patch(f"/cases/{key}", content=body, headers=sent).status_code == 412


def test_the_same_xml_post_twice_makes_one_thing(small_house: House, sue: TestClient) -> None:
    customer = small_house.place.one(
        small_api.CASES.sql_table.select().where(
            small_api.CASES.sql_table.c.case_id == small_house.case()
        )
    ).customer_id
    body = f"<open_case><subject>x</subject><customer_id>{customer}</customer_id></open_case>"
    sent = XML | {"content-type": "application/xml; charset=utf-8", "idempotency-key": "k"}
    first = sue.post("/cases", content=body, headers=sent)
    second = sue.post("/cases", content=body, headers=sent)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["idempotency-replayed"] == "true"
    read(second, schema_served(sue))


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/xml", "application/problem+xml"),
        ("application/problem+xml, application/xml", "application/problem+xml"),
        ("application/xml, application/json;q=0.5", "application/problem+xml"),
        ("application/json, application/xml;q=0.5", "application/problem+json"),
        ("application/json, application/xml", "application/problem+json"),
        ("*/*", "application/problem+json"),
        ("text/html", "application/problem+json"),
    ],
)
def test_a_problem_comes_in_the_form_that_is_wanted_more(
    small_house: House, sue: TestClient, accept: str, media: str
) -> None:
    answer = sue.get("/cases?colour=%01red", headers={"accept": accept})
    assert answer.headers["content-type"] == media
    if media.endswith("xml"):
        problem = etree.fromstring(answer.content)
        assert problem.findtext("p:status", namespaces=SPACES) == str(answer.status_code)
        assert problem.findtext("p:errors/p:i/p:field", namespaces=SPACES)


def test_every_problem_can_be_had_as_xml(sqlite_small_house: House) -> None:
    program = sqlite_small_house.asker("sue", "supervisor")
    for word in odd_api.ERRORS:
        answer = program.get(
            f"/raise/{word}", headers={"accept": "application/problem+xml, */*;q=0.1"}
        )
        problem = etree.fromstring(answer.content)
        assert problem.findtext("p:status", namespaces=SPACES) == str(answer.status_code)
        assert odd_api.SECRET not in answer.text
    stranger = sqlite_small_house.program().get("/cases", headers=XML)
    assert (stranger.status_code, etree.fromstring(stranger.content).tag) == (
        401,
        "{urn:ietf:rfc:7807}problem",
    )


def test_xml_is_refused_where_it_is_not_offered(sqlite_small_house: House) -> None:
    program = sqlite_small_house.asker("sue", "supervisor")
    assert program.get("/emails", headers=XML).status_code == 406
    sent = {"content-type": "application/xml"}
    assert program.post("/skill-groups", content=b"<a/>", headers=sent).status_code in (403, 415)


def test_nobody_is_refused_the_format_of_an_empty_answer(
    small_house: House, sue: TestClient
) -> None:
    key = small_house.case()
    answer = sue.delete(f"/cases/{key}", headers=XML | {"if-match": "*"})
    assert answer.status_code == 204, answer.text


def test_whatever_is_registered_has_a_schema_and_examples_of_it() -> None:
    apis = registered_apis()
    schema = etree.XMLSchema(etree.fromstring(schema_of(apis)))
    count = 0
    for path in openapi_document(apis)["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                if example := answer.get("content", {}).get("application/xml", {}).get("example"):
                    schema.assertValid(etree.fromstring(example.encode()))
                    count += 1
    assert count or not apis
