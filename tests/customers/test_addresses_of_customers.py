"""Addresses and numbers: what is taken, and one form by which a person is found again."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_core.customers.addresses import checked_address, email_key
from lodge_platform.errors import RefusedError
from lodge_platform.vocabulary import ContactKind

EXCEPTIONS = Path(__file__).parents[2] / "platform" / "docs" / "customers.md"


def taken(kind: ContactKind, address: str) -> str | None:
    """The key of an address that is taken; None for one that is refused."""
    try:
        return checked_address(kind, address).key
    except RefusedError:
        return None


def test_every_wrong_email_address_of_the_public_set_is_refused_and_every_plain_one_taken(
    shared_data: Path,
) -> None:
    wrong: list[str] = []
    for line in (shared_data / "email_addresses" / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        category = case["expect"].get("category")
        is_taken = taken(ContactKind.EMAIL, case["s"]) is not None
        if category == "ISEMAIL_ERR" and is_taken:
            wrong.append(case["id"])
        if category in ("ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN") and not is_taken:
            wrong.append(case["id"])
    assert wrong == []


def test_the_page_lists_each_address_that_the_sets_of_other_projects_judge_otherwise(
    shared_data: Path,
) -> None:
    page = EXCEPTIONS.read_text()
    unlisted: list[str] = []
    for line in (shared_data / "email_addresses" / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        is_valid = case["expect"].get("valid")
        if is_valid is None or case["expect"].get("group") == "test_email_unsafe_character":
            continue  # characters, no addresses
        is_taken = taken(ContactKind.EMAIL, case["s"]) is not None
        if is_taken != is_valid and case["id"] not in page:
            unlisted.append(case["id"])
    assert unlisted == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("  ada@example.org ", "ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BU\u0308CHER.example", "ada@xn--bcher-kva.example"),
        ("re\u0301gis@example.org", "r\u00e9gis@example.org"),
        ('"ada"@example.org', "ada@example.org"),
        ("ada@example.org.", "ada@example.org"),
    ],
)
def test_r34_one_person_has_one_key_however_the_address_is_written(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "adam@example.org"),
        ("strasse@example.org", "straße@example.org"),
        ('"a b"@example.org', "ab@example.org"),
        ("ada@a.example", "ada@b.example"),
    ],
)
def test_two_people_have_two_keys(one: str, other: str) -> None:
    assert email_key(one) != email_key(other)


@given(st.text() | st.emails() | st.from_regex(r'"?[\w. ]*"?@[\w.-]*', fullmatch=True))
def test_a_key_is_its_own_key_and_has_no_two_spaces(address: str) -> None:
    key = email_key(address)
    assert email_key(key) == key
    assert "  " not in key


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("+49 30 901820", "+4930901820"),
        ("+49 (0)30 90 18 20", "+4930901820"),
        ("+1 202-555-0123 ext. 7", "+12025550123;ext=7"),
        ("030 901820", None),
        ("+49 3", None),
        ("call me", None),
        ("+999 1234567", None),
    ],
)
def test_a_telephone_number_is_found_in_its_international_form(
    number: str, key: str | None
) -> None:
    assert taken(ContactKind.PHONE, number) == key


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://Example.org/Ada/", "example.org/Ada"),
        ("http://example.org:80/Ada", "example.org/Ada"),
        ("https://bücher.example?q=1", "xn--bcher-kva.example?q=1"),
        ("javascript:alert(1)", None),
        ("https://ada:secret@example.org/", None),
        ("https://exa mple.org/", None),
        ("https://[::1", None),
        ("ftp://example.org/", None),
    ],
)
def test_a_web_address_is_one_of_the_web(address: str, key: str | None) -> None:
    assert taken(ContactKind.WEB, address) == key


def test_a_postal_address_identifies_nobody() -> None:
    assert checked_address(ContactKind.POSTAL, "1 Main Street\nTown").key is None


@given(st.sampled_from(ContactKind), st.text(max_size=2_100))
def test_any_text_is_an_address_or_refused(kind: ContactKind, text: str) -> None:
    key = taken(kind, text)
    assert taken(kind, f" {text}\n") == key, "blanks around it make no difference"
