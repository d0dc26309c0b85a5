"""The parameters of a write as they are sent: a JSON object, a form, or an XML document."""

from typing import Any

import msgspec
from lxml import etree

from lodge_platform.api import problem_types as types
from lodge_platform.api.answers import JSON, XML
from lodge_platform.api.bodies import is_keepable
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.api.reading import read_query
from lodge_platform.api.xml_words import unescaped

FORM = "application/x-www-form-urlencoded"
TAKEN = (JSON, FORM, XML, "text/xml")
MOST_BYTES = 1_000_000


def given_in(content: bytes, media: str) -> dict[str, str]:
    """Parameters by name, each as it is written: a number keeps its digits.

    `media` is the type without its parameters. Null in JSON is a parameter that is not given.
    Raises ApiProblem 400 for what cannot be read, 415 for another type, 422 naming a parameter.
    """
    if media == JSON or media.endswith("+json"):
        return _json(content)
    if media == FORM:
        return read_query(content) if content else {}
    if media in (XML, "text/xml") or media.endswith("+xml"):
        return _xml(content)
    detail = f"Content-Type is {media or 'missing'}; taken: {', '.join(TAKEN)}."
    errors = [field_error("header Content-Type", detail, TAKEN)]
    raise ApiProblem(types.UNSUPPORTED_MEDIA_TYPE, detail, errors=errors)


def _json(content: bytes) -> dict[str, str]:
    try:
        raw = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise _malformed(f"The body is no JSON object: {error}.") from error
    found: dict[str, str] = {}
    for name, said in raw.items():
        text = _text(name, bytes(said))
        if text is not None:
            found[name] = _keepable(name, text)
    return found


def _text(name: str, said: bytes) -> str | None:
    """One value of JSON as text: a number as it is written there."""
    value = _decoded(said)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise _odd(name, "One value is wanted: a text, a number, true or false.")
    return said.strip().decode()


def _decoded(said: bytes) -> Any:
    try:
        return msgspec.json.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _malformed(f"The body is no JSON object: {error}.") from error


def _xml(content: bytes) -> dict[str, str]:
    """An element of any name, with an element for each parameter."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root: Any = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _malformed(f"The body is no XML: {error}.") from error
    if root.getroottree().docinfo.doctype:
        raise _malformed("The body has a document type, which is never taken.")
    found: dict[str, str] = {}
    for child in root:
        name = etree.QName(child).localname
        if len(child):
            raise _odd(name, "One value is wanted, no elements.")
        if name in found:
            raise _odd(name, "Given twice.")
        found[name] = _keepable(name, _plain(name, child))
    return found


def _plain(name: str, element: Any) -> str:
    """The element's text; one marked `escaped="true"` stands for what XML cannot hold."""
    text = element.text or ""
    if element.get("escaped") != "true":
        return text
    try:
        return unescaped(text)
    except ValueError as error:
        raise _odd(name, f"It is marked as escaped, but {error}.") from error


def _keepable(name: str, text: str) -> str:
    if not is_keepable(name + text):
        raise _odd(name if is_keepable(name) else "body", "It holds what text cannot hold.")
    return text


def _malformed(detail: str) -> ApiProblem:
    return ApiProblem(types.MALFORMED_BODY, detail.replace("..", "."))


def _odd(name: str, detail: str) -> ApiProblem:
    said = f"{name[:100]}: {detail}"
    return ApiProblem(types.INVALID_BODY, said, errors=[field_error(name[:100], detail)])
