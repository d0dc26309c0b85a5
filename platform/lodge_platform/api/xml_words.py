"""What XML answers and bodies have in common: names of elements, and text that XML cannot hold.

XML has no way to write most control characters. A text (or the name of an entry) that holds one
is written with `\\uXXXX` for each, `\\\\` for a backslash, and says so: `escaped="true"` on its
element (`escaped_name="true"` for the name). Nothing is lost in either direction.
"""

import re
from xml.sax.saxutils import escape

from msgspec import Struct

from lodge_platform.api.collection import Collection

NAMESPACE = "urn:lodge:api:1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
# Types that a value of a free form names in xsi:type.
TYPES = ("text", "number", "boolean", "list", "map")

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\\\\]")
_ESCAPED = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|(?P<itself>\\)|(?P<wrong>))")
_IN_TEXT = {"\r": "&#13;"}
_IN_ATTRIBUTE = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;", '"': "&quot;"}


def text(said: str, *, mark: str = "escaped") -> tuple[str, str]:
    """The text as it stands in an element, and the attribute that goes with it or nothing."""
    if _UNWRITABLE.search(said) is None:
        return escape(said, _IN_TEXT), ""
    return escape(_escaped(said), _IN_TEXT), f' {mark}="true"'


def attribute(name: str, said: str) -> str:
    """An attribute ` name="..."`, with its mark where the value had to be escaped."""
    if _UNWRITABLE.search(said) is None:
        return f' {name}="{escape(said, _IN_ATTRIBUTE)}"'
    return f' {name}="{escape(_escaped(said), _IN_ATTRIBUTE)}" escaped_{name}="true"'


def unescaped(said: str) -> str:
    """The text that an escaped one stands for. Raises ValueError for a backslash of no meaning."""
    return _ESCAPED.sub(_meant, said)


def held(said: str) -> str:
    """For people only: what XML cannot hold becomes U+FFFD. Not escaped yet."""
    return _UNWRITABLE.sub("\ufffd", said)


def writable(said: str) -> str:
    """As `held`, and escaped."""
    return escape(held(said), _IN_TEXT)


def element_of(collection: Collection) -> str:
    """Name of the element that holds one thing."""
    return _name(collection.one)


def page_of(collection: Collection) -> str:
    """Name of the element that holds a page of things."""
    return _name(collection.name)


def body_of(kind: type[Struct]) -> str:
    """Name of the element that holds a body: `OpenCase` is `open_case`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()


def _name(said: str) -> str:
    return said.replace("-", "_").replace(" ", "_")


def _escaped(said: str) -> str:
    return _ESCAPABLE.sub(
        lambda found: "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", said
    )


def _meant(found: re.Match[str]) -> str:
    if found["wrong"] is not None:
        raise ValueError("a backslash is followed by uXXXX or by another one")
    return "\\" if found["itself"] else chr(int(found["code"], 16))
