"""Recorded samples: taken of the live source, run offline for ever, differences told in words."""

import json
from pathlib import Path

import pytest

from links.verbs_house import VerbsHouse, make_house
from lodge_adapters.language import Sample
from lodge_adapters.reading import read_link
from lodge_adapters.samples_added import with_sample
from lodge_adapters.samples_compared import differences
from lodge_platform.settings import Settings

IN_XML = """
<link title="Customer" term="Who.">
  <parameters><parameter name="email" term="Mail."/></parameters>
  <access>
    <sql url="sqlite:///{shop}"><select>select id from customers where email = :email</select></sql>
  </access>
  <answer><fields><field name="id" type="integer" term="Key."/></fields></answer>
</link>"""


@pytest.fixture
def house(
    sqlite_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> VerbsHouse:
    """A house with a link, on SQLite: samples are files."""
    made = make_house(sqlite_settings, monkeypatch, capsys)
    made.customer()
    return made


def test_a_recorded_sample_runs_without_its_source(house: VerbsHouse) -> None:
    before = (house.links / "customer.yaml").read_text("utf-8")
    assert house.call("record", "customer", "email=bob@example.org", "--as", "bob") == 0
    recorded, expected = map(Path, house.said.split())
    assert recorded == house.links / "samples" / "customer.bob.recorded.json"
    assert 'name>Bob &amp; "Söhne" &lt;x&gt;<' in expected.read_text("utf-8")
    after = (house.links / "customer.yaml").read_text("utf-8")
    assert after.startswith(before), "all else in the file stays as it was"
    [sample] = read_link(after).samples
    assert dict(sample.given) == {"email": "bob@example.org"}
    house.shop.unlink()
    assert house.call("test") == 0
    assert "1 good, 0 bad" in house.told


def test_a_sample_gives_the_same_answer_byte_for_byte(house: VerbsHouse) -> None:
    house.call("record", "customer", "email=ada@example.org", "--as", "ada")
    expected = house.links / "samples" / "customer.ada.xml"
    first = expected.read_bytes()
    saved = json.loads((house.links / "samples" / "customer.ada.recorded.json").read_bytes())
    assert f'fetched_at="{saved["recorded_at"]}"'.encode() in first
    path = house.links / "customer.yaml"
    path.write_text(path.read_text("utf-8").replace("Customer in the shop", "Another"), "utf-8")
    assert house.call("test", "customer") == 0
    assert expected.read_bytes() == first


def test_no_home_is_needed_to_run_samples(
    house: VerbsHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    house.call("record", "customer", "email=ada@example.org", "--as", "ada")
    monkeypatch.setenv("LODGE_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("LODGE_LINKS_FOLDER", str(house.links))
    monkeypatch.delenv("LODGE_MASTER_URL")
    monkeypatch.delenv("LODGE_ACTIVE_URL")
    assert house.call("test") == 0
    assert house.call("check") == 0
    assert not (tmp_path / "nowhere").exists()


def test_secrets_are_not_needed_to_run_samples(
    house: VerbsHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = house.customer()
    text = path.read_text("utf-8").replace(f"url: sqlite:///{house.shop}", "url_secret: shop_url")
    path.write_text(text, "utf-8")
    monkeypatch.setenv("LODGE_SECRET_SHOP_URL", f"sqlite:///{house.shop}")
    assert house.call("record", "customer", "email=ada@example.org", "--as", "ada") == 0
    monkeypatch.delenv("LODGE_SECRET_SHOP_URL")
    assert house.call("test") == 0, house.said


def test_a_difference_is_told_in_words_and_ends_with_1(house: VerbsHouse) -> None:
    house.call("record", "customer", "email=ada@example.org", "--as", "ada")
    expected = house.links / "samples" / "customer.ada.xml"
    good = expected.read_text("utf-8")
    expected.write_text(good.replace("gold", "silver"), "utf-8")
    assert house.call("test", "--json") == 1
    [row] = json.loads(house.said)
    assert row["outcome"] == "bad"
    assert row["faults"] == ["row 1: tier is 'gold', expected 'silver'"]
    expected.write_text(good.replace("\n<customer ", "\n\n  <customer "), "utf-8")
    assert house.call("test") == 0, "blanks between elements do not count"


def test_an_answer_that_breaks_the_contract_now_is_told(house: VerbsHouse) -> None:
    house.call("record", "customer", "email=ada@example.org", "--as", "ada")
    path = house.links / "customer.yaml"
    path.write_text(path.read_text("utf-8").replace("{name: tier,", "{name: rank,"), "utf-8")
    assert house.call("test") == 1
    assert "'rank'" in house.said


def test_links_without_samples_and_bad_files_are_told(house: VerbsHouse) -> None:
    assert house.call("test") == 0
    assert "no samples" in house.said
    assert "1 links without samples" in house.told
    house.file("bad.yaml", "titel: x\n")
    assert house.call("test", "--json") == 1
    found = {row["link"]: row for row in json.loads(house.said)}
    assert "did you mean 'title'?" in found["bad"]["faults"][0]
    assert found["customer"]["outcome"] == "no samples"


@pytest.mark.parametrize("harm", ["recorded", "expected", "truncated", "outside"])
def test_a_sample_whose_files_are_harmed_is_bad(house: VerbsHouse, harm: str) -> None:
    house.call("record", "customer", "email=ada@example.org", "--as", "ada")
    recorded = house.links / "samples" / "customer.ada.recorded.json"
    if harm == "truncated":
        recorded.write_bytes(recorded.read_bytes()[:60])
    elif harm == "outside":
        path = house.links / "customer.yaml"
        text = path.read_text("utf-8").replace("expected: samples", "expected: ../../samples")
        path.write_text(text, "utf-8")
    elif harm == "recorded":
        recorded.unlink()
    else:
        (house.links / "samples" / "customer.ada.xml").unlink()
    assert house.call("test") == 1
    assert "bad" in house.said


def test_a_second_sample_joins_the_first_and_no_file_is_written_over(house: VerbsHouse) -> None:
    assert house.call("record", "customer", "email=ada@example.org", "--as", "ada") == 0
    assert house.call("record", "customer", "email=bob@example.org", "--as", "bob") == 0
    assert house.call("record", "customer", "email=bob@example.org", "--as", "ada") == 1
    assert "is there already" in house.told
    assert house.call("record", "customer", "email=nobody", "--as", "Not this") == 1
    names = [one.name for one in read_link((house.links / "customer.yaml").read_text()).samples]
    assert names == ["ada", "bob"]
    assert house.call("test") == 0
    assert "2 good" in house.told


def test_in_xml_the_lines_are_printed(house: VerbsHouse) -> None:
    (house.links / "customer.yaml").unlink()
    house.file("customer.xml", IN_XML.format(shop=house.shop))
    assert house.call("record", "customer", "email=ada@example.org", "--as", "ada") == 0
    assert "recorded: samples/customer.ada.recorded.json" in house.said
    assert "put these lines" in house.told
    assert "in place of" not in house.told


def test_a_sample_that_is_taken_anew_with_other_values_has_its_lines_replaced_by_hand(
    house: VerbsHouse,
) -> None:
    assert house.call("record", "customer", "email=ada@example.org", "--as", "ada") == 0
    before = (house.links / "customer.yaml").read_text()
    words = ("record", "customer", "email=bob@example.org", "--as", "ada", "--replace")
    assert house.call(*words) == 0
    assert "in place of those of 'ada'" in house.told
    assert (house.links / "customer.yaml").read_text() == before


@pytest.mark.parametrize(
    "samples",
    [
        "",
        "samples: # some\n  - name: one\n    recorded: a\n    expected: b\n# the end\n\n",
        "samples:\n- {name: one, recorded: a, expected: b}\n\n# the end\nactive: true\n",
        "samples:\n    -   name: one\n        recorded: a\n        expected: b",
    ],
    ids=["none", "comments", "flow items", "deep"],
)
def test_a_sample_is_added_wherever_others_stand(samples: str) -> None:
    text = (
        "title: a\nterm: b\naccess: {function: {name: f}}\n"
        "answer:\n  fields: [{name: x, term: y}]\n" + samples
    )
    added = Sample(name="two", given={"a": "1", "b": "no"}, recorded="r", expected="e.xml")
    made = with_sample(text, "l.yaml", added)
    assert made is not None
    assert read_link(made).samples[-1] == added
    assert "# the end" in made or "# the end" not in text
    assert with_sample(made, "l.yaml", added) == made


def test_samples_in_flow_form_are_left_to_a_person() -> None:
    text = (
        "title: a\nterm: b\naccess: {function: {name: f}}\n"
        "answer: {fields: [{name: x, term: y}]}\n"
        "samples: [{name: one, recorded: a, expected: b}]\n"
    )
    added = Sample(name="two", recorded="r", expected="e.xml")
    assert with_sample(text, "l.yaml", added) is None


def test_differences_name_row_field_and_both_values() -> None:
    one = b'<r link="l"><a n="1"><b>x</b><t>1</t><t>2</t></a><a n="2"/><end rows="2"/></r>'
    other = b'<r link="m"><a n="1"><b>y</b><t>1</t></a><end rows="1"/></r>'
    assert differences(one, other, root="r", is_json=False) == [
        "the answer: link is 'm', expected 'l'",
        "1 row, expected 2 rows",
        "row 1: b is 'y', expected 'x'",
        "row 1: t[2] is missing, expected '2'",
        "the end: rows is '1', expected '2'",
    ]
    ours = b'{"link":"l","r":[{"a":1,"b":{"c":[1,2]}}],"end":{"rows":1}}'
    theirs = b'{"link":"l","r":[{"a":1,"b":{"c":[1,3]},"d":true}],"end":{"rows":1}}'
    assert differences(ours, theirs, root="r", is_json=True) == [
        "row 1: b.c[2] is '3', expected '2'",
        "row 1: d is 'true', and was not expected",
    ]
    assert "cannot be read" in differences(b"<r", other, root="r", is_json=False)[0]
