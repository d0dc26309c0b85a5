"""HTML bodies made harmless by allow-list: nothing in them runs, nothing is loaded.

Pure. Elements, attributes, style properties and link schemes that are not listed are dropped.
"""

import re
from collections.abc import Mapping

import nh3
from msgspec import Struct

# The parser's time grows with the square of some inputs: of nesting, and of bare ampersands.
MOST_CHARACTERS = 500_000
MOST_DEEP = 3_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS = _words(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header "
    "hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub "
    "sup table tbody td tfoot th thead tr tt u ul var wbr"
)
# Their content goes as well: it was never meant to be read.
_WITH_CONTENT = _words("script style title template noscript iframe object svg math")
_ATTRIBUTES = {
    "*": _words("align bgcolor dir lang style title valign width height"),
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "border", "hspace", "vspace"}),
    "font": frozenset({"color", "face", "size"}),
    "table": frozenset({"border", "cellpadding", "cellspacing", "summary"}),
    "td": frozenset({"colspan", "rowspan", "nowrap"}),
    "th": frozenset({"colspan", "rowspan", "nowrap", "scope"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "ol": frozenset({"start", "type"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value", "type"}),
    "hr": frozenset({"color", "noshade", "size"}),
}
_PROPERTY = re.compile(
    r"(background-color|border(-(top|right|bottom|left))?(-(color|style|width|radius))?"
    r"|border-(collapse|spacing)|color|direction|display|font(-(family|size|style|variant|weight))?"
    r"|(max-|min-)?(height|width)|letter-spacing|line-height|list-style-type"
    r"|margin(-(top|right|bottom|left))?|padding(-(top|right|bottom|left))?"
    r"|text-(align|decoration|indent|transform)|vertical-align|white-space|word-(break|spacing|wrap)"
    r"|overflow-wrap|table-layout|float|clear)"
)
_VALUE = re.compile(r"""[\w\s#%.,'"!+-]*((rgb|rgba|hsl|hsla)\([\d\s.,%/]*\)[\w\s#%.,'"!+-]*)*""")
_LINK = re.compile(r"(https?://|mailto:|tel:)", re.IGNORECASE)
_REMOTE = re.compile(r"(https?:)?//", re.IGNORECASE)
_OWN_IMAGE = re.compile(r"data:image/(png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#|[A-Za-z])")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_ENDING_BY_THEMSELVES = _words(
    "area base br col colgroup dd dt hr img input li link meta option p source tbody td tfoot th "
    "thead tr wbr"
)
_IGNORED_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\ufeff]+")


class ShownHtml(Struct, frozen=True):
    """Harmless HTML, how many remote images are left out, and whether all of it is left out."""

    html: str
    remote_images: int = 0
    is_too_deep: bool = False


def sanitise(html: str, images: Mapping[str, str]) -> ShownHtml:
    """`html` by the allow-list; `images` has a data: address for each Content-ID that may show."""
    given = _BARE_AMPERSAND.sub("&amp;", html[:MOST_CHARACTERS])
    if _depth(given) > MOST_DEEP:
        return ShownHtml("", is_too_deep=True)
    remote = 0

    def keep(tag: str, name: str, value: str) -> str | None:
        nonlocal remote
        if name == "style":
            return _style(value)
        if name not in ("href", "src"):
            return value
        address = _IGNORED_IN_ADDRESSES.sub("", value) if name == "src" else value.strip()
        if tag == "a":
            return address if _LINK.match(address) else None
        if address[:4].lower() == "cid:":
            return images.get(address[4:].strip("<>").lower())
        if _REMOTE.match(address):
            remote += 1
        return address if _OWN_IMAGE.fullmatch(address) else None

    cleaned = nh3.clean(
        given,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_relative="pass_through",
    )
    return ShownHtml(cleaned, remote)


def _depth(html: str) -> int:
    """How deep elements may be nested at most; those that end by themselves are not counted."""
    deepest = depth = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _ENDING_BY_THEMSELVES:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _style(value: str) -> str | None:
    kept: list[str] = []
    for declaration in value.split(";"):
        name, _, setting = (part.strip() for part in declaration.partition(":"))
        if _PROPERTY.fullmatch(name.lower()) and setting and _VALUE.fullmatch(setting):
            kept.append(f"{name.lower()}: {setting}")
    return "; ".join(kept) or None
