"""HTML that a stylesheet makes of an answer, made harmless by an allow-list."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import nh3

from lodge_adapters.access.source import TooLargeError
from lodge_adapters.answers.envelope import End
from lodge_adapters.answers.fields import ALL, shown_fields
from lodge_adapters.answers.xml_form import XmlForm
from lodge_adapters.documents.xslt import transformed
from lodge_adapters.language import Contract, Field, Link
from lodge_platform.links.answers import LinkRows

MOST_CHARACTERS = 200_000
MOST_DEEP = 200


def _words(text: str) -> set[str]:
    return set(text.split())


_TAGS = _words(
    "a abbr address article b bdi bdo blockquote br caption cite code col colgroup dd del details "
    "dfn div dl dt em figcaption figure footer h3 h4 h5 h6 header hr i ins kbd li mark ol p pre q "
    "s samp section small span strong sub summary sup table tbody td tfoot th thead time tr u ul "
    "var wbr"
)
# Their content goes as well: it was never meant to be read.
_WITH_CONTENT = _words("script style title template noscript iframe object svg math")
# No style, which the console's policy refuses; no id and no class, by which a page is taken over.
_ATTRIBUTES = {
    "*": _words("dir lang title"),
    "a": {"href"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type"},
    "time": {"datetime"},
    "col": {"span"},
    "colgroup": {"span"},
}
_TAG = re.compile(r"<(/?)[A-Za-z][^>]*?(/?)>")
_BARE_AMPERSAND = re.compile(r"&(?!#|[A-Za-z])")


def by_stylesheet(link: Link, rows: LinkRows, stylesheet: Path) -> str:
    """What the stylesheet makes of the answer as XML, without anything active.

    Raises as `transformed` does, and TooLargeError for a result that is too long or too deep.
    """
    made = transformed(answer_xml(link, rows), stylesheet, rows.link, form="html")
    return harmless(made.decode("utf-8", "replace"))


def harmless(html: str) -> str:
    """`html` by the allow-list. Raises TooLargeError where it is too long or nested too deep."""
    if len(html) > MOST_CHARACTERS:
        raise TooLargeError(f"the panel has more than {MOST_CHARACTERS} characters")
    given = _BARE_AMPERSAND.sub("&amp;", html)
    if _depth(given) > MOST_DEEP:
        raise TooLargeError(f"the panel is nested more than {MOST_DEEP} deep")
    return nh3.clean(
        given,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def answer_xml(link: Link, rows: LinkRows) -> bytes:
    """The rows as the XML that the link answers, with the fields that the rows have."""
    first: Mapping[str, Any] = rows.rows[0] if rows.rows else {}
    fields = tuple(one for one in link.answer.fields if one.name in first)
    answer = msgspec.structs.replace(link.answer, fields=fields)
    shown = msgspec.structs.replace(link, answer=answer, contract=Contract.FREEZE)
    form = XmlForm(rows.link, shown)
    typed = [_cells(fields, row) for row in rows.rows]
    end = End(rows=len(typed), discarded=0, truncated=rows.is_truncated)
    return form.head(rows.provenance, rows.version) + form.rows(typed) + form.end(end)


def _cells(fields: tuple[Field, ...], row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_cell(field, row.get(field.name)) for field in fields)


def _cell(field: Field, value: Any) -> Any:
    if value is None or not field.fields:
        return value
    inner = shown_fields(field.fields, ALL)
    if field.is_list:
        return [_cells(inner, one) for one in value]
    return _cells(inner, value)


def _depth(html: str) -> int:
    deepest = depth = 0
    # Not beyond the last `>`: what never ends would be looked through from every `<` on.
    for tag in _TAG.finditer(html, 0, html.rfind(">") + 1):
        if tag[2]:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest
