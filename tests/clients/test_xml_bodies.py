"""Bodies in XML say the same values as bodies in JSON, or are refused by the name of a field."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from clients.xml_bodies import NAMESPACES, Everything, Point, said
from lodge_platform.api.problems import ApiProblem
from lodge_platform.api.xml_form import free_form
from lodge_platform.api.xml_reading import values_of

_DEEP = "<a>" * 40 + "</a>" * 40


def test_each_type_is_read_by_what_the_field_declares() -> None:
    found = said(
        """
        <subject> 007 </subject><count> 7 </count><weight>1.5e3</weight><is_pinned>1</is_pinned>
        <due_at>2026-01-05T09:00:00Z</due_at><severity>low</severity><reference>12</reference>
        """
    )
    assert (found.subject, found.count, found.weight, found.is_pinned) == (" 007 ", 7, 1500, True)
    assert found.due_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert (found.severity, found.reference) == ("low", "12")
    assert said('<reference xsi:type="number">12</reference>').reference == 12


def test_an_empty_list_an_empty_text_nothing_and_what_is_left_out_are_four_things() -> None:
    empty = said("<tags/><solution></solution><attributes/>")
    assert (empty.tags, empty.solution, empty.attributes) == ([], "", {})
    nil = said('<tags xsi:nil="true"/><solution xsi:nil="true"/><attributes xsi:nil="1"/>')
    assert (nil.tags, nil.solution, nil.attributes) == (None, None, None)
    assert said("").solution is UNSET


@pytest.mark.parametrize(
    "written",
    [
        "<tags><item>a</item><item>b</item></tags>",
        "<tags>a</tags><subject>s</subject><tags>b</tags>",
        "<tags><!-- two --><item><![CDATA[a]]></item> <item>b</item></tags>",
    ],
)
def test_a_list_is_written_by_items_or_by_repeating_its_element(written: str) -> None:
    assert said(written).tags == ["a", "b"]


def test_a_list_of_one_is_a_list() -> None:
    assert said("<category_ids>5</category_ids>").category_ids == (5,)
    assert said("<tags><item/></tags>").tags == [""]
    one = said("<points><address>a@b.example</address></points>")
    assert one.points == (Point(address="a@b.example"),)
    many = said(
        "<points><item><address>a</address></item>"
        "<item><address>b</address><is_preferred>true</is_preferred></item></points>"
    )
    assert many.points == (Point(address="a"), Point(address="b", is_preferred=True))


def test_a_map_has_entries_of_any_name_and_each_says_its_type() -> None:
    found = said(
        """<attributes>
        <entry name="car: colour &amp; more">red</entry><entry name="1" xsi:type="number">5</entry>
        <entry name="is big" xsi:type="boolean">true</entry><entry name="none" xsi:nil="true"/>
        <entry name="rooms" xsi:type="list"><item>a</item><item xsi:type="number">2.5</item></entry>
        <entry name="empty" xsi:type="list"/><entry name="in" xsi:type="map"/><plain>as well</plain>
        </attributes>"""
    )
    assert found.attributes == {
        "car: colour & more": "red",
        "1": 5,
        "is big": True,
        "none": None,
        "rooms": ["a", 2.5],
        "empty": [],
        "in": {},
        "plain": "as well",
    }


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), _JSON, max_size=5))
def test_whatever_json_says_goes_through_xml_unharmed(attributes: dict[str, object]) -> None:
    if "\0" in repr(attributes) or "\\x00" in repr(attributes):
        return
    written = free_form("attributes", attributes)
    found = values_of(f"<everything {NAMESPACES}>{written}</everything>".encode(), Everything)
    assert found == {"attributes": attributes}
    assert repr(found) == repr({"attributes": attributes})


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("<count>seven</count>", "count"),
        ("<count>-1</count>", "count"),
        ("<is_pinned>yes</is_pinned>", "is_pinned"),
        ("<severity>huge</severity>", "severity"),
        ("<subject><b>x</b></subject>", "subject"),
        ("<subject>a</subject><subject>b</subject>", "subject"),
        ("<colour>red</colour>", "colour"),
        ("<points><item><name>x</name></item></points>", "points[0].name"),
        ("<main_point>text</main_point>", "main_point"),
        (
            '<attributes><entry name="a">1</entry><entry name="a">2</entry></attributes>',
            "attributes.a",
        ),
        ('<attributes><entry name="n" xsi:type="number">x</entry></attributes>', "attributes.n"),
        ('<subject xsi:type="colour">x</subject>', "subject"),
        ('<subject xsi:nil="perhaps">x</subject>', "subject"),
        ('<subject language="en">x</subject>', "subject"),
        ('<subject name="x">x</subject>', "subject"),
        ('<x:subject xmlns:x="urn:other">x</x:subject>', "subject"),
        (r'<subject escaped="true">\n</subject>', "subject"),
        (r'<subject escaped="true">\u0000</subject>', "subject"),
    ],
)
def test_what_can_be_no_value_is_refused_by_name(written: str, field: str) -> None:
    with pytest.raises(ApiProblem) as refused:
        said(written)
    assert refused.value.kind.status == 422
    assert refused.value.errors[0]["field"] == field


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<everything>",
        b"<everything/><everything/>",
        b"<everything>&nbsp;</everything>",
        b"<everything>&#0;</everything>",
        b"<everything>\x01</everything>",
        b"<everything>\xff</everything>",
        b'<?xml version="1.0" encoding="no-such"?><everything/>',
        b"<!DOCTYPE everything><everything/>",
        b'<!DOCTYPE e SYSTEM "file:///etc/passwd"><everything/>',
        b'<!DOCTYPE e [<!ENTITY a "b">]><everything><subject>&a;</subject></everything>',
        b"<everything>text <subject/></everything>",
        f"<everything {NAMESPACES}><tags xsi:nil='true'>x</tags></everything>".encode(),
        b"<a:everything/>",
        f"<everything>{_DEEP}</everything>".encode(),
        b"<everything>" + b"<tags/>" * 50_001 + b"</everything>",
    ],
)
def test_what_is_no_xml_or_more_than_that_is_malformed(content: bytes) -> None:
    with pytest.raises(ApiProblem) as refused:
        values_of(content, Everything)
    assert refused.value.kind.status == 400


def test_a_document_type_in_any_encoding_is_seen() -> None:
    bomb = (
        '<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
        + "]><everything><subject>&j;</subject></everything>"
    )
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(ApiProblem, match="document type"):
            values_of(bomb.encode(encoding), Everything)


def test_text_that_looks_like_a_document_type_is_text() -> None:
    assert said("<subject><![CDATA[<!DOCTYPE a>]]></subject>").subject == "<!DOCTYPE a>"


def test_xinclude_is_an_element_of_another_namespace_and_reads_no_file() -> None:
    include = '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
    with pytest.raises(ApiProblem) as refused:
        said(f"<subject>{include}</subject>")
    assert refused.value.errors[0]["field"] == "include"


def test_the_root_is_named_by_the_body_or_by_the_thing() -> None:
    assert values_of(b"<case><subject>x</subject></case>", Everything, roots=["case"]) == {
        "subject": "x"
    }
    with pytest.raises(ApiProblem) as refused:
        values_of(b"<customer/>", Everything, roots=["case"])
    assert refused.value.errors[0]["allowed"] == ["case", "everything", "everything_body"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_the_declared_encoding_counts(encoding: str) -> None:
    named = "utf-8" if encoding == "utf-8-sig" else encoding
    body = f'<?xml version="1.0" encoding="{named}"?><everything><subject>é</subject></everything>'
    assert values_of(body.encode(encoding), Everything) == {"subject": "é"}


def test_the_character_set_of_the_header_counts_more_than_the_declaration() -> None:
    body = '<?xml version="1.0" encoding="utf-8"?><everything><subject>é</subject></everything>'
    found = values_of(body.encode("iso-8859-1"), Everything, charset="iso-8859-1")
    assert found == {"subject": "é"}
    with pytest.raises(ApiProblem, match="no encoding"):
        values_of(b"<everything/>", Everything, charset="klingon")
