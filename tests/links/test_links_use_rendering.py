"""Rows as a panel's HTML: escaped, readable, bounded; S-02: nothing active from a stylesheet."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_adapters.access.source import TooLargeError
from lodge_adapters.language import Link
from lodge_adapters.panel import MOST_ROWS, render_panel
from lodge_adapters.panel_html import MOST_CHARACTERS, MOST_DEEP, harmless
from lodge_adapters.reading import read_link
from lodge_platform.errors import SetUpError
from lodge_platform.links import LinkRows, Provenance

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEAD = """\
title: Orders
term: What was ordered.
access: {function: {name: orders}}
answer:
  root: orders
  row: order
  fields:
    - {name: order_number, type: integer, attribute: true, term: Key.}
    - {name: text, term: What it is.}
    - {name: total, type: decimal, term: Sum.}
    - {name: paid, type: boolean, term: Whether.}
    - {name: day, type: date, term: When.}
    - {name: at, type: instant, term: When exactly.}
    - {name: tags, list: true, term: Words.}
    - name: lines
      list: true
      term: Lines.
      fields:
        - {name: piece, term: What.}
        - {name: count, type: integer, term: How many.}
"""
OURS = {"html", "head", "body", "div", "table", "thead", "tbody", "tr", "th", "td"}
OURS |= {"dl", "dt", "dd", "ul", "li", "span", "p"}
ROW: Mapping[str, Any] = {
    "order_number": 7,
    "text": '<script>x()</script> & "more"',
    "total": Decimal("1234.50"),
    "paid": True,
    "day": date(2026, 1, 5),
    "at": NINE,
    "tags": ["a<b", "c"],
    "lines": [{"piece": "bolt", "count": 3}, {"piece": "nut", "count": None}],
}


def link(panel: str) -> Link:
    """The link with this panel."""
    return read_link(f"{HEAD}panel: {panel}\n")


def answered(*rows: Mapping[str, Any], is_truncated: bool = False) -> LinkRows:
    """An answer with these rows."""
    return LinkRows(
        link="orders",
        version="9f86d081884c",
        rows=rows,
        provenance=Provenance(source="shop", fetched_at=NINE),
        is_truncated=is_truncated,
    )


def elements(html: str) -> list[Any]:
    """Every element as a browser reads it."""
    document = html5lib.parse(html, namespaceHTMLElements=False)
    return [one for one in document.iter() if isinstance(one.tag, str)]


def test_fields_are_shown_one_under_the_other(tmp_path: Path) -> None:
    shown = render_panel(link("{title: T, form: fields}"), answered(ROW), folder=tmp_path)
    assert '<dt title="Key.">Order number</dt><dd>7</dd>' in shown
    assert "&lt;script&gt;x()&lt;/script&gt; &amp; &quot;more&quot;" in shown
    assert "<dd>1234.50</dd>" in shown
    assert "<dd>yes</dd>" in shown
    assert "<dd>2026-01-05</dd>" in shown
    assert '<time datetime="2026-01-05T09:00:00.000Z"' in shown
    assert "<ul><li>a&lt;b</li><li>c</li></ul>" in shown
    assert "bolt" in shown
    assert shown.count('<dl class="values">') == 3
    assert "style=" not in shown


def test_a_table_has_heads_and_numbers_to_the_right(tmp_path: Path) -> None:
    panel = "{title: T, form: table, fields: [total, text]}"
    shown = render_panel(link(panel), answered(ROW), folder=tmp_path)
    assert shown.index("Total") < shown.index("Text")
    assert '<th scope="col" title="Sum." class="number">Total</th>' in shown
    assert '<td class="number">1234.50</td>' in shown
    assert 'role="region" tabindex="0" aria-label="T"' in shown
    assert "Order number" not in shown


def test_a_long_answer_is_bounded_with_a_word_how_much_more(tmp_path: Path) -> None:
    many = [{**ROW, "text": f"row {number};"} for number in range(1_000)]
    shown = render_panel(link("{title: T}"), answered(*many, is_truncated=True), folder=tmp_path)
    assert shown.count("<tr>") == MOST_ROWS + 1
    assert "row 49;" in shown
    assert "row 50;" not in shown
    assert "and 950 more; the source has more rows than the link may bring" in shown
    few = render_panel(link("{title: T, form: fields}"), answered(*many[:7]), folder=tmp_path)
    assert "and 2 more</p>" in few
    long = {**ROW, "text": "x" * 5_000, "tags": [str(number) for number in range(100)]}
    shown = render_panel(link("{title: T, form: fields}"), answered(long), folder=tmp_path)
    assert "… (3000 more characters)" in shown
    assert "and 80 more</li>" in shown


def test_nothing_and_missing_values_are_said_in_words(tmp_path: Path) -> None:
    empty = link("{title: T, empty: 'Not a <customer>.'}")
    shown = render_panel(empty, answered(), folder=tmp_path)
    assert shown == '<p class="quiet">Not a &lt;customer&gt;.</p>'
    nothing = dict.fromkeys(ROW)
    shown = render_panel(link("{title: T, form: fields}"), answered(nothing), folder=tmp_path)
    assert shown.count('<span class="quiet">none</span>') == len(ROW)
    withheld = render_panel(link("{title: T}"), answered({"order_number": 7}), folder=tmp_path)
    assert "Total" not in withheld
    hidden = link("{title: T, fields: [text]}")
    said = render_panel(hidden, answered({"order_number": 7}), folder=tmp_path)
    assert "You may see none of its values" in said


@given(st.text())
def test_s02_any_value_is_text_and_never_markup(value: str) -> None:
    folder = Path("/nowhere")
    for form in ("table", "fields"):
        rows = answered({"text": value, "tags": [value], "lines": [{"piece": value, "count": 1}]})
        shown = render_panel(link(f"{{title: T, form: {form}}}"), rows, folder=folder)
        shown.encode()
        tags = {one.tag for one in elements(f"<body>{shown}")}
        assert tags <= OURS


SHEET = """\
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="html"/>
<xsl:template match="/orders">%s<ul><xsl:for-each select="order"><li id="x" class="notice"
style="color: red" onclick="x()"><b><xsl:value-of select="text"/></b> <a href="https://shop.example/{@order_number}">open</a>
<a href="javascript:x()">no</a></li></xsl:for-each></ul></xsl:template>
</xsl:stylesheet>
"""


def test_s02_a_stylesheet_s_html_is_shown_without_anything_active(tmp_path: Path) -> None:
    bad = (
        "<script>x()</script><style>*{}</style><iframe src='//e'/><form action='/x'><input/>"
        "</form><img src='https://e/x.png'/><svg onload='x()'/><meta http-equiv='refresh'/>"
        "<base href='//e'/><link rel='stylesheet' href='//e'/><h3>Orders</h3>"
    )
    (tmp_path / "orders.xslt").write_text(SHEET % bad, "utf-8")
    html = link("{title: T, form: html, xslt: orders.xslt}")
    shown = render_panel(html, answered(ROW), folder=tmp_path)
    found = elements(f"<body>{shown}")
    assert {one.tag for one in found} == {"html", "head", "body", "h3", "ul", "li", "b", "a"}
    assert '<b>&lt;script&gt;x()&lt;/script&gt; &amp; "more"</b>' in shown
    attributes = {(one.tag, name) for one in found for name in one.attrib}
    assert attributes == {("a", "href"), ("a", "rel"), ("a", "target")}
    links = [one.get("href") for one in found if one.tag == "a"]
    assert links == ["https://shop.example/7", None]


def test_a_stylesheet_that_is_missing_or_endless_is_an_error_in_words(tmp_path: Path) -> None:
    html = link("{title: T, form: html, xslt: orders.xslt}")
    with pytest.raises(SetUpError, match=r"orders\.xslt: there is no such stylesheet"):
        render_panel(html, answered(ROW), folder=tmp_path)
    with pytest.raises(TooLargeError, match="characters"):
        harmless("x" * (MOST_CHARACTERS + 1))
    with pytest.raises(TooLargeError, match="deep"):
        harmless("<b>" * (MOST_DEEP + 1))


def test_s02_no_injection_string_of_the_public_set_is_active(shared_data: Path) -> None:
    lines = (shared_data / "injection_strings" / "cases.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["s"] for line in lines]
    assert len(texts) > 1_000
    for text in texts:
        for one in elements(f"<body>{harmless(text)}"):
            assert one.tag not in ("script", "style", "iframe", "form", "img", "svg", "object")
            assert not {name for name in one.attrib if name.startswith("on") or name == "style"}
            assert str(one.get("href", "https:")).split(":")[0] in (
                "http",
                "https",
                "mailto",
                "tel",
            )
