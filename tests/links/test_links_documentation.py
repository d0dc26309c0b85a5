"""The page for integrators says what the code does: every word, every default, every example."""

import re
import shlex
from enum import StrEnum
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from links.verbs_house import make_house
from lodge_adapters import language
from lodge_adapters.answers.xsd import xsd_of
from lodge_adapters.reading import read_link
from lodge_adapters.verbs import link as link_group
from lodge_adapters.writing_claims import PAUSES
from lodge_platform.api.problem_types import PROBLEM_TYPES
from lodge_platform.settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "platform" / "docs" / "links.md").read_text("utf-8")
WORDS = {name: getattr(language, name) for name in language.__all__}
STRUCTS = {name: kind for name, kind in WORDS.items() if issubclass(kind, msgspec.Struct)}


def section(name: str) -> str:
    """The text of a section."""
    return re.split(r"^##+ ", PAGE.split(f"\n### {name}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def blocks(kind: str) -> list[str]:
    """The examples of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, flags=re.M | re.S)


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_every_word_of_the_language_is_explained_and_no_other(name: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section(name), flags=re.M))
    fields = {field.encode_name: field for field in msgspec.structs.fields(STRUCTS[name])}
    assert set(rows) == set(fields)
    for word, said in rows.items():
        assert ("Needed" in said) == fields[word].required, word


@pytest.mark.parametrize("name", ["Limits", "Cache", "Breaker"])
def test_defaults_are_said_as_they_are(name: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section(name), flags=re.M))
    for field in msgspec.structs.fields(STRUCTS[name]):
        assert re.search(rf"; {int(field.default)}\b", rows[field.encode_name]), field


@pytest.mark.parametrize(
    "name", sorted(name for name, kind in WORDS.items() if issubclass(kind, StrEnum))
)
def test_every_value_of_a_closed_list_is_named(name: str) -> None:
    for value in WORDS[name]:
        assert f"`{value}`" in PAGE, value


def test_the_examples_are_links() -> None:
    examples = [read_link(text) for text in blocks("yaml")]
    assert [one.writes for one in examples] == [False, True]


def test_five_minutes_are_enough(
    sqlite_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house = make_house(sqlite_settings, monkeypatch, capsys)
    [script] = blocks("sh")
    begin, make, say, *verbs = script.strip().splitlines()
    assert begin == "lodge init"
    assert make == "mkdir -p lodge-home/link-files"
    said = re.fullmatch(r"printf '(.*)' > lodge-home/link-files/prices.csv", say)
    assert said is not None
    content = said[1].replace("\\n", "\n")
    (house.home / "link-files" / "prices.csv").write_text(content, "utf-8")
    for line in verbs:
        words = shlex.split(line)
        assert words[:2] == ["lodge", "link"]
        assert house.call(*words[2:]) == 0, house.told
    assert len(etree.fromstring(house.said.encode()).findall("price")) == 2

    house.file("prices.yaml", blocks("yaml")[0])
    assert house.call("ask", "prices", "sku=A1") == 0, house.told
    answer = etree.fromstring(house.said.encode())
    shown = etree.fromstring(blocks("xml")[0].encode())
    for one in (answer, shown):
        schema = etree.XMLSchema(etree.fromstring(xsd_of("prices", read_link(blocks("yaml")[0]))))
        schema.assertValid(one)
    [ours, theirs] = [etree.tostring(each[0]) for each in (answer, shown)]
    assert ours == theirs
    assert answer.get("source") == shown.get("source")


def test_what_the_page_names_is_there() -> None:
    for verb in set(re.findall(r"\blodge link ([a-z]+)", PAGE)):
        assert verb in link_group.commands, verb
    codes = re.findall(
        r"^\| [\d, ]+ \| ([a-z, -]+) \|", PAGE.split("When something is wrong")[-1], flags=re.M
    )
    for code in ", ".join(codes).split(", "):
        assert code in PROBLEM_TYPES, code
    for path in re.findall(r"\]\(([a-z]+\.md)\)", PAGE):
        assert (ROOT / "platform" / "docs" / path).is_file(), path
    assert (ROOT / "adapters" / "lodge_adapters" / "access" / "business_days.py").is_file()


def test_the_pauses_between_tries_are_those_of_the_page() -> None:
    assert "after 5 s, 30 s, 2, 10, 30 minutes, 1, 2 and then every 4 hours, for a day" in PAGE
    assert PAUSES[:7] == (5, 30, 120, 600, 1800, 3600, 7200)
    assert set(PAUSES[7:]) == {14_400}
    assert 0.9 * 86_400 < sum(PAUSES) < 86_400
