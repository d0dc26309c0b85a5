"""Bodies in the XML Schema: a type for each struct, an element for each of its fields."""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from msgspec import Struct
from msgspec import inspect as kinds

from lodge_platform.api.xml_reading import LISTS, item_of, members_of, struct_type

_SIMPLE: tuple[tuple[type[kinds.Type], str], ...] = (
    (kinds.IntType, "xs:integer"),
    (kinds.FloatType, "xs:double"),
    (kinds.DecimalType, "xs:decimal"),
    (kinds.BoolType, "xs:boolean"),
    (kinds.DateTimeType, "xs:dateTime"),
    (kinds.DateType, "xs:date"),
    (kinds.TimeType, "xs:time"),
    (kinds.StrType, "text"),
    (kinds.UUIDType, "text"),
    (kinds.BytesType, "xs:base64Binary"),
)


def struct_types(structs: Iterable[type[Struct]]) -> Iterator[str]:
    """A complex type `body.NAME` for each struct, and for each that they hold."""
    waiting, done = list(structs), set[type[Struct]]()
    while waiting:
        kind = waiting.pop(0)
        if kind in done:
            continue
        done.add(kind)
        found = struct_type(kind)
        assert isinstance(found, kinds.StructType)  # noqa: S101 - it was made of a struct
        waiting += [inner for field in found.fields for inner in _held(field.type)]
        fields = "".join(_field(field) for field in found.fields)
        opening = f'<xs:complexType name="body.{kind.__name__}"><xs:all>'
        yield f"{opening}\n{fields}</xs:all></xs:complexType>\n"


def _held(kind: kinds.Type) -> Iterator[type[Struct]]:
    for member in members_of(kind):
        if isinstance(member, kinds.StructType):
            yield member.cls
        elif isinstance(member, LISTS):
            yield from _held(item_of(member))
        elif isinstance(member, kinds.DictType):
            yield from _held(member.value_type)


def _field(field: kinds.Field) -> str:
    least = "" if field.required else ' minOccurs="0"'
    return _element(field.encode_name, field.type, least)


def _element(name: str, kind: kinds.Type, occurs: str) -> str:
    members = members_of(kind)
    others = [one for one in members if not isinstance(one, kinds.NoneType)]
    nillable = ' nillable="true"' if len(others) < len(members) else ""
    opening = f'<xs:element name="{name}"{occurs}{nillable}'
    if len(others) == 1:
        named, inner = _type(others[0])
    else:
        named, inner = "value", ""
    if named:
        return f'{opening} type="{named}"/>\n'
    return f"{opening}>{inner}</xs:element>\n"


def _type(kind: kinds.Type) -> tuple[str, str]:
    """The name of a type, or the type itself where it has none."""
    for known, name in _SIMPLE:
        if isinstance(kind, known):
            return name, ""
    if isinstance(kind, kinds.StructType):
        return f"body.{kind.cls.__name__}", ""
    if isinstance(kind, LISTS):
        item = _element("item", item_of(kind), ' minOccurs="0" maxOccurs="unbounded"')
        return "", f"<xs:complexType><xs:sequence>{item}</xs:sequence></xs:complexType>"
    if isinstance(kind, kinds.DictType):
        return "map", ""
    if isinstance(kind, kinds.LiteralType | kinds.EnumType):
        return "", _words(kind)
    return "value", ""


def _words(kind: kinds.LiteralType | kinds.EnumType) -> str:
    if isinstance(kind, kinds.EnumType):
        words = [member.value for member in kind.cls]
    else:
        words = list(kind.values)
    values = "".join(f"<xs:enumeration value={quoteattr(str(word))}/>" for word in words)
    return (
        f'<xs:simpleType><xs:restriction base="xs:string">{values}</xs:restriction></xs:simpleType>'
    )
