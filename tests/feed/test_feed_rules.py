"""No event without a rule who may see it, no text in one without saying what it is."""

from typing import Any

import msgspec

from lodge_platform.events import catalogue as happened
from lodge_platform.feed.sensitive import CONTENT, NEVER, OPEN, PERSONAL, sensitivity_of
from lodge_platform.feed.visible import (
    ATTACHMENT,
    NOTE,
    OF_ARTICLES,
    OF_CUSTOMERS,
    OF_DEPARTMENTS,
    OF_WORK,
)
from lodge_platform.vocabulary import Sensitivity


def test_every_object_of_the_catalogue_has_a_rule_who_may_see_it() -> None:
    ruled = {*OF_WORK, *OF_CUSTOMERS, *OF_ARTICLES, *OF_DEPARTMENTS, NOTE, ATTACHMENT}
    unruled = {
        code: payload.object_type
        for code, payload in happened.PAYLOADS.items()
        if payload.object_type not in ruled
    }
    assert not unruled, "say in feed/visible.py who may see these"


def test_every_text_in_an_event_is_open_personal_or_content() -> None:
    named = OPEN | PERSONAL | CONTENT | NEVER
    unnamed: list[str] = []

    def look(code: str, struct: Any, place: str) -> None:
        for field in msgspec.structs.fields(struct):
            if field.name == "changes":
                look(code, field.type, f"{place}{field.name}.")
            elif field.name not in named and not _is_number(field.type):
                unnamed.append(f"{place}{field.name}: {field.type}")

    for code, payload in happened.PAYLOADS.items():
        look(code, payload, f"{code}.")
    assert not unnamed, "name these in feed/sensitive.py"


def test_s09_a_field_that_nobody_named_is_content_when_it_is_text() -> None:
    for value in ("text", ["text"], {"a": 1}, [{"a": 1}]):
        assert sensitivity_of("anything", "unheard_of", value) is Sensitivity.CONTENT
    for value in (7, True, None, [1, 2]):
        assert sensitivity_of("anything", "unheard_of", value) is Sensitivity.OPEN


def _is_number(declared: Any) -> bool:
    plain = str(declared).replace("<class '", "").replace("'>", "")
    words = ("int", "bool", "float", "None", "list[int]", "UnsetType", "Change[int]")
    parts = plain.replace("typing.Union[", "").replace(" | ", ", ").split(", ")
    return all(
        part.rstrip("]").endswith(tuple(word.rstrip("]") for word in words)) for part in parts
    )
