"""ETags: a reader is told when nothing changed, and of two edits at once one is told to look."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.house import House, code_of, error_fields
from lodge_platform.identity import Action

WEAK = ['W/"1"', "1", '"', '"1', '"one"', '"1","2"', '"1" "2"', "", '"1"x', '"' + "9" * 19 + '"']


def test_an_unchanged_thing_is_not_sent_again(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    key = house.case()
    first = sue.get(f"/cases/{key}")
    tag = first.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = sue.get(f"/cases/{key}", headers={"if-none-match": sent})
        assert (again.status_code, again.content) == (304, b""), sent
        assert again.headers["etag"] == tag
    for sent in ('"x"', "", tag[1:-1], "garbage"):
        assert sue.get(f"/cases/{key}", headers={"if-none-match": sent}).status_code == 200
    edit = sue.patch(f"/cases/{key}", json={"subject": "New"}, headers={"if-match": tag})
    assert edit.status_code == 200
    assert edit.headers["etag"] != tag
    after = sue.get(f"/cases/{key}", headers={"if-none-match": tag})
    assert (after.status_code, after.json()) == (200, edit.json())
    assert after.headers["etag"] == edit.headers["etag"]


def test_each_form_of_a_thing_has_a_tag_of_its_own(house: House) -> None:
    key = house.case()
    sue = house.asker("sue", "supervisor")
    house.person("una", "supervisor")
    without = [Action.ACTIVITY_READ, Action.CASE_WORK, Action.PERSONAL_READ]
    una = house.program(house.key("una", actions=without))
    whole = sue.get(f"/cases/{key}").headers["etag"]
    withheld = una.get(f"/cases/{key}").headers["etag"]
    xml = sue.get(f"/cases/{key}", headers={"accept": "application/xml"}).headers["etag"]
    assert len({whole, withheld, xml}) == 3
    for number, tag in enumerate((whole, withheld, xml)):
        body = {"solution": str(number)}
        assert sue.patch(f"/cases/{key}", json=body, headers={"if-match": tag}).is_success or number
        stale = sue.patch(f"/cases/{key}", json=body, headers={"if-match": tag})
        assert code_of(stale) == "stale"


def test_a_change_names_the_version_it_changes(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    key = house.case()
    missing = sue.patch(f"/cases/{key}", json={"subject": "New"})
    assert (missing.status_code, code_of(missing)) == (428, "precondition-required")
    for sent in WEAK:
        answer = sue.patch(f"/cases/{key}", json={"subject": "New"}, headers={"if-match": sent})
        assert (answer.status_code, error_fields(answer)) == (400, ["header If-Match"]), sent
    stale = sue.delete(f"/cases/{key}", headers={"if-match": '"1"'})
    assert (stale.status_code, code_of(stale)) == (412, "stale")
    anything = sue.patch(f"/cases/{key}", json={"subject": "New"}, headers={"if-match": "*"})
    assert anything.json()["subject"] == "New"


def test_two_versions_named_in_two_lines_are_refused(house: House) -> None:
    sue = house.asker("sue", "supervisor")
    key = house.case()
    tag = sue.get(f"/cases/{key}").headers["etag"]
    lines = [("if-match", '"1"'), ("if-match", tag)]
    answer = sue.patch(f"/cases/{key}", json={"subject": "New"}, headers=lines)
    assert (answer.status_code, error_fields(answer)) == (400, ["header If-Match"])


@pytest.mark.parametrize("rounds", [4])
def test_of_two_edits_at_once_one_is_told_and_nothing_is_lost(house: House, rounds: int) -> None:
    house.person("sue", "supervisor")
    key = house.case()
    fields = ("subject", "solution")
    with house.served(house.key("sue")) as client, ThreadPoolExecutor(8) as threads:
        for number in range(rounds):
            before = client.get(f"/cases/{key}")
            tag = before.headers["etag"]

            def edit(n: int, tag: str = tag, number: int = number) -> httpx.Response:
                body = {fields[n % 2]: f"round {number} by {n}"}
                return client.patch(f"/cases/{key}", json=body, headers={"if-match": tag})

            answers = list(threads.map(edit, range(8)))
            assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
            winner = next(answer for answer in answers if answer.status_code == 200)
            assert client.get(f"/cases/{key}").json() == winner.json()
            changed = [f for f in fields if winner.json()[f] != before.json()[f]]
            assert len(changed) == 1
    assert house.place.differences() == []
