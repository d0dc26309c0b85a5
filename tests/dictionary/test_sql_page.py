"""The page for analysts: its examples run, and the tables it names are there."""

import re

from fixtures.two_departments import CARE, NOON, let_in
from layout.tree import ROOT
from lodge_dictionary.door import open_door
from lodge_platform.identity.actions import WITHOUT_ROLE, Action
from lodge_platform.settings import Settings

PAGE = (ROOT / "platform" / "docs" / "sql.md").read_text("utf-8")


def test_the_examples_of_the_page_run_for_an_analyst(two_departments: Settings) -> None:
    examples = re.findall(r"^    -- .*\n((?:    .+\n)+)", PAGE, re.MULTILINE)
    typed = re.findall(r'lodge sql(?: --as ana)? "([^"]+)"', PAGE)
    asked = re.findall(r'"query": "([^"]+)"', PAGE)
    queries = [*examples, *typed, *asked]
    assert len(queries) == 6
    analyst = let_in({CARE: {Action.CONFIGURATION_READ, Action.DICTIONARY_READ}})
    with open_door(two_departments, reader=analyst, now=NOON) as door:
        for query in queries:
            assert door.ask(query).names


def test_the_rights_that_the_page_names_exist() -> None:
    words = {action.value for action in Action if action not in WITHOUT_ROLE}
    named = set(re.findall(r"`([a-z]+\.(?:read|query|manage|write))`", PAGE))
    assert named
    assert named <= words
