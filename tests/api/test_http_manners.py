"""HTTP as the door speaks it: methods, formats, bodies, sizes, headers; every refusal in words."""

import json

import pytest
from fastapi.testclient import TestClient

from api.house import House, code_of, error_fields
from api.odd_api import ERRORS, SECRET

BODY = {"subject": "Refund", "customer_id": 1}


@pytest.fixture
def sue(sqlite_house: House) -> TestClient:
    """A supervisor, and a case."""
    sqlite_house.case()
    return sqlite_house.asker("sue", "supervisor")


def test_head_answers_as_get_without_the_body(sue: TestClient) -> None:
    for path in ("/cases", "/cases/1", "/cases/7", "/cases?x=1", "/echo", "/openapi.json"):
        get, head = sue.get(path), sue.head(path)
        assert head.content == b""
        assert head.status_code == get.status_code
        kept = {name: value for name, value in get.headers.items() if name != "ratelimit"}
        assert {n: v for n, v in head.headers.items() if n != "ratelimit"} == kept
        assert int(head.headers["content-length"]) == len(get.content)


def test_options_names_the_methods(sue: TestClient) -> None:
    answer = sue.options("/cases/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "DELETE, GET, PATCH, HEAD, OPTIONS"
    assert "content-type" not in answer.headers
    assert code_of(sue.options("/nothing")) == "not-found"


def test_a_method_that_is_not_taken_names_those_that_are(sue: TestClient) -> None:
    for method, path, allowed in (
        ("PUT", "/cases/1", "DELETE, GET, PATCH, HEAD, OPTIONS"),
        ("DELETE", "/cases", "GET, POST, HEAD, OPTIONS"),
        ("TRACE", "/cases", "GET, POST, HEAD, OPTIONS"),
        ("PROPFIND", "/echo", "GET, HEAD, OPTIONS"),
        ("HEAD", "/secrets", "POST, OPTIONS"),
    ):
        answer = sue.request(method, path)
        assert answer.status_code == 405, (method, path)
        assert answer.headers["allow"] == allowed
        assert method == "HEAD" or code_of(answer) == "method-not-allowed"


def test_a_path_that_is_not_there_is_not_there(sue: TestClient) -> None:
    paths = ["/", "//", "/cases/", "//cases", "/cases//", "/Cases", "/cases/1/", "/cases/1/x"]
    paths += ["/cases/1/activities/1/x", "/.;/cases", "/..;/cases", "/%63ases", "/cases%2F1"]
    paths += ["/words/", "/words/%00", "/words/%ff", "/words/%ed%a0%80", "/openapi.yaml"]
    for path in paths:
        answer = sue.get(f"http://lodge.test/api/v1{path}")
        assert (answer.status_code, code_of(answer)) == (404, "not-found"), path
    assert sue.get("http://lodge.test/api%2Fv1/cases").status_code == 404


def test_a_word_of_the_path_is_decoded_once(sue: TestClient) -> None:
    for sent, word in (
        ("a%2Fb", "a/b"),
        ("%25%32%46", "%2F"),
        ("..%2f..", "../.."),
        ("%0d%0aSet-Cookie:%20a=b", "\r\nSet-Cookie: a=b"),
        ("%C3%A9", "é"),
        ("%F0%9F%98%80", "😀"),
        ("a+b", "a+b"),
        ("%zz", "%zz"),
        ("~%E2%80%AE", "~\u202e"),
    ):
        answer = sue.get(f"/words/{sent}")
        assert answer.json() == {"word": word}, sent
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("APPLICATION/XML", "application/xml"),
        ("application/xml, application/json;q=0.9", "application/xml"),
        ("application/xml;q=0.8, application/json;q=0.9", "application/json"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("application/json;q=0, */*", "application/xml"),
        ("text/html", None),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
        ("garbage", None),
        (";;;,,,", None),
        ("application/problem+json", None),
    ],
)
def test_the_format_is_the_one_asked_for(sue: TestClient, accept: str, media: str | None) -> None:
    for path in ("/cases", "/cases/1"):
        answer = sue.get(path, headers={"accept": accept})
        if media is None:
            assert (answer.status_code, code_of(answer)) == (406, "not-acceptable")
            assert error_fields(answer) == ["header Accept"]
        else:
            assert (answer.status_code, answer.headers["content-type"]) == (200, media)


def test_a_body_in_another_format_is_refused(sue: TestClient) -> None:
    for media in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = sue.post("/cases", content=json.dumps(BODY), headers={"content-type": media})
        assert (answer.status_code, code_of(answer)) == (415, "unsupported-media-type"), media
        assert error_fields(answer) == ["header Content-Type"]
    for media in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        answer = sue.post("/cases", content=json.dumps(BODY), headers={"content-type": media})
        assert answer.status_code == 201, media


def test_a_body_that_says_what_cannot_be_names_the_field(sue: TestClient) -> None:
    for changed, field in (
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": None}, "subject"),
        ({"subject": "a\0b"}, "subject"),
        ({"subject": ["x"]}, "subject"),
        ({"customer_id": 0}, "customer_id"),
        ({"customer_id": "1"}, "customer_id"),
        ({"customer_id": 1.5}, "customer_id"),
        ({"customer_id": 2**70}, "customer_id"),
        ({"customer_id": True}, "customer_id"),
        ({"severity": "most"}, "severity"),
        ({"department_id": 2}, "department_id"),
        ({"a\u202eb": 2}, "a\u202eb"),
        ({"sub.ject`": 2}, "sub.ject`"),
    ):
        answer = sue.post("/cases", json=BODY | changed)
        kept = changed in ({"subject": "a\0b"}, {"customer_id": 2**70})
        code = "refused" if kept else "invalid-body"  # a text or number, but none to be kept
        assert (answer.status_code, code_of(answer)) == (422, code), changed
        assert error_fields(answer) == [field], changed
    for content in ("[]", "1", '"x"', "null", json.dumps([[BODY]])):
        answer = sue.post("/cases", content=content, headers={"content-type": "application/json"})
        assert code_of(answer) == "invalid-body"
    [error] = sue.post("/cases", json=BODY | {"severity": "most"}).json()["errors"]
    assert error["allowed"] == ["urgent", "high", "medium", "low"]
    [error] = sue.post("/cases", json=BODY | {"subjekt": "most"}).json()["errors"]
    assert "did you mean 'subject'?" in error["detail"]


def test_depth_and_size_have_bounds(sue: TestClient) -> None:
    for depth in (101, 900, 5000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            content = f"{opening * depth}1{closing * depth}"
            answer = sue.post(
                "/cases", content=content, headers={"content-type": "application/json"}
            )
            assert answer.status_code in (400, 422), depth
    large = sue.post("/cases", json=BODY | {"subject": "x" * 2_000_001})
    assert (large.status_code, code_of(large)) == (413, "body-too-large")
    assert "2000000 bytes" in large.json()["detail"]
    binary = sue.post("/bytes", content=b"x" * 100_001)
    assert code_of(binary) == "body-too-large"
    assert sue.post("/bytes", content=b"x" * 100_000).status_code == 200


def test_what_takes_no_body_takes_none(sue: TestClient) -> None:
    answer = sue.post("/secrets", json={"a": 1})
    assert (answer.status_code, error_fields(answer)) == (422, ["body"])
    assert sue.post("/secrets", content=b" \n").status_code == 201


def test_an_address_has_a_length(sue: TestClient) -> None:
    for path in (f"/cases?subject={'x' * 8000}", f"/words/{'x' * 8000}", f"/{'x' * 8000}"):
        answer = sue.get(path)
        assert (answer.status_code, code_of(answer)) == (414, "address-too-long")


def test_declared_parameters_are_typed_and_named(sue: TestClient) -> None:
    assert sue.get("/echo?word=hi&times=2").json() == {"said": ["hi", "hi"]}
    for query, field in (
        ("times=4", "times"),
        ("times=x", "times"),
        ("times=1.5", "times"),
        ("times=", "times"),
        ("word=" + "x" * 21, "word"),
        ("words=1", "words"),
        ("word=1&word=2", "word"),
    ):
        answer = sue.get(f"/echo?{query}")
        assert (answer.status_code, error_fields(answer)) == (400, [field]), query
    for path in ("/cases/1?x=1", "/old?x=1", "/openapi.json?x=1"):
        assert code_of(sue.get(path)) == "invalid-query"


def test_every_error_is_told_in_words_and_none_tells_a_secret(
    sue: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    expected = {
        "refused": (400, "invalid-query"),
        "missing": (404, "not-found"),
        "conflict": (409, "conflict"),
        "stale": (412, "stale"),
        "forbidden": (403, "forbidden"),
        "later": (503, "try-again"),
        "set-up": (500, "broken"),
        "mistake": (500, "broken"),
        "bug": (500, "broken"),
        "endless": (500, "broken"),
    }
    assert set(expected) == set(ERRORS)
    for word, told in expected.items():
        answer = sue.get(f"/raise/{word}")
        assert (answer.status_code, code_of(answer)) == told
        assert SECRET not in answer.text
        assert "Traceback" not in answer.text
    assert sue.get("/raise/later").headers["retry-after"] == "5"
    [error] = sue.get("/raise/refused").json()["errors"]
    assert error == {"field": "name", "detail": "a queue has a name", "allowed": ["General"]}
    broken = sue.get("/raise/bug").json()["detail"]
    number = broken.split()[-1].rstrip(".")
    assert number in caplog.text, "the log tells more under that number"


def test_what_goes_away_says_so(sue: TestClient) -> None:
    answer = sue.get("/old")
    assert answer.headers["deprecation"] == "@1767312000"
    assert answer.headers["sunset"] == "Sat, 02 Jan 2027 00:00:00 GMT"
    assert answer.links["successor-version"]["url"] == "/api/v1/echo"
    assert sue.get("/old?x=1").headers["deprecation"] == "@1767312000"
    assert "deprecation" not in sue.get("/echo").headers


def test_every_type_of_problem_has_a_page_for_everybody(sqlite_house: House) -> None:
    stranger = sqlite_house.program()
    for path in ("/cases", "/nothing"):
        address = stranger.get(path).json()["type"]
        for accept in ("text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "text/*"):
            page = stranger.get(f"http://lodge.test{address}", headers={"accept": accept})
            assert page.status_code == 200, (accept, page.text)
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.text.startswith("<!doctype html>")
    assert stranger.get("/problems/nothing").status_code == 404


def test_answers_are_kept_by_nobody_and_framed_by_nobody(sue: TestClient) -> None:
    for path in ("/cases", "/cases/1", "/cases/7", "/problems/stale", "/openapi.json"):
        headers = sue.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] in ("no-store", "private, no-cache")
        assert "authorization" in headers["vary"].lower()
