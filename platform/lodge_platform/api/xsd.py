"""The XML Schema of the API, made from the declarations that its answers and bodies are made from.

It says names, shapes and types; bounds of bodies (lengths, ranges) stand in the OpenAPI document.
"""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from lodge_platform.api.collection import Collection, Field
from lodge_platform.api.operation import Api, Operation
from lodge_platform.api.xml_words import NAMESPACE, body_of, element_of, page_of, writable
from lodge_platform.api.xsd_structs import struct_types
from lodge_platform.errors import SetUpError

_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NAMESPACE}"
 targetNamespace="{NAMESPACE}" elementFormDefault="qualified" version="1">
<xs:annotation><xs:documentation>Answers and bodies of Lodge's API in XML. A value of a free form
names in xsi:type what it holds. Where escaped is true, \\uXXXX stands for a character that XML
cannot hold, and \\\\ for a backslash.</xs:documentation></xs:annotation>
<xs:complexType name="value" mixed="true"><xs:choice minOccurs="0">
<xs:element name="item" type="value" nillable="true" maxOccurs="unbounded"/>
<xs:element name="entry" type="value" nillable="true" maxOccurs="unbounded"/>
</xs:choice>
<xs:attribute name="name" type="xs:string"/><xs:attribute name="escaped_name" type="xs:boolean"/>
<xs:attribute name="escaped" type="xs:boolean"/></xs:complexType>
<xs:complexType name="text"><xs:simpleContent><xs:restriction base="value"><xs:simpleType>
<xs:restriction base="xs:string"/></xs:simpleType></xs:restriction></xs:simpleContent>
</xs:complexType>
<xs:complexType name="number"><xs:simpleContent><xs:restriction base="value"><xs:simpleType>
<xs:restriction base="xs:double"/></xs:simpleType></xs:restriction></xs:simpleContent>
</xs:complexType>
<xs:complexType name="boolean"><xs:simpleContent><xs:restriction base="value"><xs:simpleType>
<xs:restriction base="xs:boolean"/></xs:simpleType></xs:restriction></xs:simpleContent>
</xs:complexType>
<xs:complexType name="list"><xs:complexContent><xs:restriction base="value">
<xs:sequence minOccurs="0">
<xs:element name="item" type="value" nillable="true" maxOccurs="unbounded"/>
</xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
<xs:complexType name="map"><xs:complexContent><xs:restriction base="value">
<xs:sequence minOccurs="0">
<xs:element name="entry" type="value" nillable="true" maxOccurs="unbounded"/>
</xs:sequence></xs:restriction></xs:complexContent></xs:complexType>
<xs:complexType name="texts"><xs:sequence>
<xs:element name="item" type="text" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType>
"""
_TYPES = {
    "integer": "xs:long",
    "number": "xs:double",
    "boolean": "xs:boolean",
    "instant": "xs:dateTime",
    "text": "text",
    "json": "value",
}


def schema_of(apis: Iterable[Api]) -> bytes:
    """The schema: an element for each thing, each page of things, and each body that is taken.

    Raises SetUpError when two of them would have one name.
    """
    operations = [one for api in apis for one in api.operations if one.is_xml]
    roots: dict[str, str] = {}
    for collection in _each(operations):
        _add(roots, element_of(collection), _thing(collection))
        _add(roots, page_of(collection), _page(collection))
    structs = _bodies(operations)
    for kind in structs:
        own = body_of(kind)
        name = f"{own}_body" if own in roots else own
        roots[name] = f'<xs:element name="{name}" type="body.{kind.__name__}"/>\n'
    return "".join((_HEAD, *roots.values(), *struct_types(structs), "</xs:schema>\n")).encode()


def _add(roots: dict[str, str], name: str, declared: str) -> None:
    if roots.setdefault(name, declared) != declared:
        raise SetUpError(f"two things of the API that differ are called {name} in XML")


def _each(operations: Iterable[Operation]) -> list[Collection]:
    return list(dict.fromkeys(one.collection for one in operations if one.collection is not None))


def _bodies(operations: Iterable[Operation]) -> list[type[Struct]]:
    found = (one.body for one in operations)
    return list(dict.fromkeys(kind for kind in found if isinstance(kind, type)))


def _thing(collection: Collection) -> str:
    fields = "".join(_field(field) for field in collection.fields.values())
    withheld = _element("withheld", "texts", "Fields that are empty: the asker may not see them.")
    name = element_of(collection)
    return (
        f'<xs:complexType name="thing.{name}"><xs:all>\n{fields}{withheld}</xs:all>'
        f'</xs:complexType>\n<xs:element name="{name}" type="thing.{name}"/>\n'
    )


def _page(collection: Collection) -> str:
    one, name = element_of(collection), page_of(collection)
    return (
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>\n'
        '<xs:element name="items"><xs:complexType><xs:sequence>'
        f'<xs:element name="{one}" type="thing.{one}" minOccurs="0" maxOccurs="unbounded"/>'
        "</xs:sequence></xs:complexType></xs:element>\n"
        '<xs:element name="after" type="text" nillable="true"/>\n'
        '<xs:element name="total" type="xs:integer" minOccurs="0"/>\n'
        "</xs:sequence></xs:complexType></xs:element>\n"
    )


def _field(field: Field) -> str:
    is_empty = field.is_nullable or bool(field.sees)
    nillable = ' nillable="true"' if is_empty or field.kind == "json" else ""
    said = f"<xs:annotation><xs:documentation>{writable(field.term.meaning)}</xs:documentation>"
    opening = f'<xs:element name="{field.name}" minOccurs="0"{nillable}'
    if not field.words:
        kind = _TYPES[field.kind]
        return f'{opening} type="{kind}">{said}</xs:annotation></xs:element>\n'
    words = "".join(f"<xs:enumeration value={quoteattr(word)}/>" for word in field.words)
    return (
        f"{opening}>{said}</xs:annotation>\n<xs:simpleType>"
        f'<xs:restriction base="xs:string">{words}</xs:restriction></xs:simpleType>'
        "</xs:element>\n"
    )


def _element(name: str, kind: str, said: str) -> str:
    return (
        f'<xs:element name="{name}" type="{kind}" minOccurs="0"><xs:annotation>'
        f"<xs:documentation>{said}</xs:documentation></xs:annotation></xs:element>\n"
    )
