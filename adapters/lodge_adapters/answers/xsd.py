"""The XML schema of a link: every answer is valid by it, whoever reads it, also one that failed.

A field that some readers are not shown may be missing, whatever the contract requires.
"""

from typing import Any

from lxml import etree

from lodge_adapters.language import Contract, Field, Link, Type
from lodge_platform.api.xml_words import held
from lodge_platform.vocabulary import Sensitivity

_XS = "http://www.w3.org/2001/XMLSchema"
_TYPES = {
    Type.TEXT: "text",
    Type.INTEGER: "xs:integer",
    Type.DECIMAL: "xs:decimal",
    Type.BOOLEAN: "xs:boolean",
    Type.DATE: "xs:date",
    Type.INSTANT: "xs:dateTime",
}
_ENVELOPE = (
    ("link", "xs:NCName"),
    ("version", "xs:string"),
    ("source", "xs:string"),
    ("fetched_at", "xs:dateTime"),
    ("from_cache", "xs:boolean"),
    ("stale", "xs:boolean"),
)
_END = (
    ("rows", "xs:nonNegativeInteger"),
    ("discarded", "xs:nonNegativeInteger"),
    ("truncated", "xs:boolean"),
)


def xsd_of(name: str, link: Link) -> bytes:
    """The schema document of link `name`."""
    schema: Any = etree.Element(f"{{{_XS}}}schema", nsmap={"xs": _XS})
    _documented(schema, f"{name}: {link.title}. {link.term}")
    _text_type(schema)
    is_loose = link.contract is Contract.EVOLVE
    root = _within(_add(schema, "element", name=link.answer.root))
    row = _add(root, "element", name=link.answer.row, minOccurs="0", maxOccurs="unbounded")
    _thing(row, link.answer.fields, is_loose=is_loose, has_more=is_loose)
    last = _add(root, "choice")
    ended = _add(_add(last, "element", name="end"), "complexType")
    _attributes(ended, _END)
    _add(last, "element", ref="error")
    _attributes(root.getparent(), _ENVELOPE)
    _error(schema)
    return etree.tostring(schema, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _thing(
    element: Any, fields: tuple[Field, ...], *, is_loose: bool, has_more: bool = False
) -> None:
    sequence = _within(element)
    for field in fields:
        if field.sensitivity is Sensitivity.SECRET:
            continue
        may_miss = is_loose or not field.required or field.sensitivity is not Sensitivity.OPEN
        if field.attribute:
            continue
        declared = _add(
            sequence,
            "element",
            name=field.name,
            minOccurs="0" if may_miss else "1",
            maxOccurs="unbounded" if field.is_list else "1",
        )
        _documented(declared, field.term)
        if field.fields:
            _thing(declared, field.fields, is_loose=is_loose)
        else:
            declared.set("type", _TYPES[field.type])
    if has_more:
        _more(sequence)
    for field in fields:
        if field.attribute and field.sensitivity is not Sensitivity.SECRET:
            kind = "xs:string" if field.type is Type.TEXT else _TYPES[field.type]
            is_open = field.sensitivity is Sensitivity.OPEN
            use = "required" if field.required and is_open and not is_loose else "optional"
            declared = _add(sequence.getparent(), "attribute", name=field.name, type=kind, use=use)
            _documented(declared, field.term)
            if field.type is Type.TEXT:
                _add(
                    sequence.getparent(),
                    "attribute",
                    name=f"escaped_{field.name}",
                    type="xs:boolean",
                )


def _text_type(schema: Any) -> None:
    """Text, and whether what XML cannot hold is escaped in it."""
    extension = _add(
        _add(_add(schema, "complexType", name="text"), "simpleContent"),
        "extension",
        base="xs:string",
    )
    _add(extension, "attribute", name="escaped", type="xs:boolean")


def _more(sequence: Any) -> None:
    """What is undeclared, by the source's names."""
    values = _within(_add(sequence, "element", name="more", minOccurs="0"))
    value = _add(values, "element", name="value", maxOccurs="unbounded")
    extension = _add(_add(_add(value, "complexType"), "simpleContent"), "extension", base="text")
    _add(extension, "attribute", name="name", type="xs:string", use="required")
    _add(extension, "attribute", name="escaped_name", type="xs:boolean")


def _error(schema: Any) -> None:
    """Problem details, as the last word of an answer or instead of it."""
    inner = _within(_add(schema, "element", name="error"))
    for name, kind in (
        ("type", "xs:anyURI"),
        ("title", "xs:string"),
        ("status", "xs:integer"),
        ("detail", "xs:string"),
    ):
        _add(inner, "element", name=name, type=kind, minOccurs="0")


def _attributes(declared: Any, names: tuple[tuple[str, str], ...]) -> None:
    for name, kind in names:
        _add(declared, "attribute", name=name, type=kind, use="required")


def _within(element: Any) -> Any:
    """The sequence of the element's own type."""
    return _add(_add(element, "complexType"), "sequence")


def _documented(element: Any, said: str) -> None:
    _add(_add(element, "annotation"), "documentation").text = held(said)


def _add(parent: Any, tag: str, **attributes: str) -> Any:
    made: Any = etree.SubElement(parent, f"{{{_XS}}}{tag}")
    for name, value in attributes.items():
        made.set(name, value)
    return made
