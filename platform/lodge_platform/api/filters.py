"""The query string of a list: filters, order, fields and page, by allow-list, as SQL conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, false, func, literal, or_, tuple_
from sqlalchemy.sql.expression import UnaryExpression

from lodge_platform.api.bodies import GREATEST_KEY, is_keepable
from lodge_platform.api.collection import Collection, Field
from lodge_platform.api.cursors import values_in
from lodge_platform.api.filters_of_attributes import Attribute, attribute_condition
from lodge_platform.api.values import (
    choice_in,
    instant_in,
    integer_in,
    number_in,
    refused_parameter,
    text_in,
)
from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.clock import as_utc
from lodge_platform.errors import nearest
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.base import UtcDateTime

LEAST_LIMIT, USUAL_LIMIT, GREATEST_LIMIT = 1, 50, 200
_MOST_VALUES = 100
PAGE_PARAMETERS = ("sort", "fields", "limit", "after", "count")


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for: conditions, order with its columns, fields, page and count."""

    conditions: list[ColumnElement[bool]]
    sort: Field
    is_descending: bool
    fields: tuple[str, ...]
    limit: int
    after: tuple[Any, ...] | None
    is_counted: bool
    about: str


def operators_of(field: Field) -> tuple[str, ...]:
    """The parameters by which a field can be filtered, such as `status` and `opened_at.from`."""
    found = [] if field.kind in ("json", "instant", "number") else [field.name]
    if field.kind in ("instant", "number", "integer") and not field.name.endswith("_id"):
        found += [f"{field.name}.from", f"{field.name}.before"]
    if field.kind == "text" and not field.words:
        found.append(f"{field.name}.contains")
    if field.kind == "json":
        found.append(f"{field.name}.has")
    if field.is_nullable:
        found.append(f"{field.name}.is")
    return tuple(found)


def read_list(
    collection: Collection,
    given: Mapping[str, str],
    reader: SignedIn,
    attributes: Mapping[str, Attribute],
) -> Wanted:
    """What `given`, a query string, asks of a list. Raises ApiProblem 400 naming the parameter."""
    conditions = [
        _condition(collection, name, value, reader, attributes)
        for name, value in given.items()
        if name not in PAGE_PARAMETERS
    ]
    sort, is_descending = _sort(collection, given.get("sort"), reader)
    about = f"{collection.path}?{'-' if is_descending else ''}{sort.name}"
    after = None
    if "after" in given:
        after = _position(values_in(given["after"], about), sort)
    return Wanted(
        conditions=conditions,
        sort=sort,
        is_descending=is_descending,
        fields=_fields(collection, given.get("fields")),
        limit=_limit(given.get("limit")),
        after=after,
        is_counted=_word(given, "count", {"true": True, "false": False}),
        about=about,
    )


def beyond(wanted: Wanted, key: ColumnElement[Any]) -> ColumnElement[bool] | None:
    """The condition that leaves out what earlier pages had; empty values come first when sorted."""
    if wanted.after is None:
        return None
    value, last_key = wanted.after
    column = wanted.sort.column
    if wanted.sort.name == key.key:
        return key < last_key if wanted.is_descending else key > last_key
    if value is None:
        later = and_(column.is_(None), key < last_key if wanted.is_descending else key > last_key)
        return later if wanted.is_descending else or_(later, column.is_not(None))
    bound = literal(value, BigInteger() if wanted.sort.kind == "integer" else column.type)
    if wanted.is_descending:
        return or_(tuple_(column, key) < tuple_(bound, literal(last_key)), column.is_(None))
    return tuple_(column, key) > tuple_(bound, literal(last_key))


def order_of(wanted: Wanted, key: ColumnElement[Any]) -> list[UnaryExpression[Any]]:
    """The order of the list: its sort, then the key; empty values first, or last when descending.

    Said without `nulls first` where nothing is empty, so that indexes can serve it.
    """
    column = wanted.sort.column
    if wanted.sort.name == key.key:
        return [key.desc() if wanted.is_descending else key.asc()]
    main = column.desc() if wanted.is_descending else column.asc()
    if wanted.sort.is_nullable:
        main = main.nulls_last() if wanted.is_descending else main.nulls_first()
    return [main, key.desc() if wanted.is_descending else key.asc()]


def _condition(
    collection: Collection,
    name: str,
    value: str,
    reader: SignedIn,
    attributes: Mapping[str, Attribute],
) -> ColumnElement[bool]:
    if name.startswith("attributes.") and collection.custom_attributes:
        if _sees(reader, collection, collection.fields["attributes"]):
            return attribute_condition(name, value, attributes)
        raise refused_parameter(name, "There is no such custom attribute")
    plain, _, operator = name.partition(".")
    field = collection.filterable.get(plain)
    if field is None or name not in operators_of(field) or not _sees(reader, collection, field):
        known = [
            each
            for one in collection.filterable.values()
            if _sees(reader, collection, one)
            for each in operators_of(one)
        ]
        raise refused_parameter(
            name, f"There is no such parameter; {nearest(name, [*known, *PAGE_PARAMETERS])}"
        )
    column = field.column
    if operator == "contains":
        return column.icontains(text_in(name, value), autoescape=True)
    if operator == "has":
        return _listed(column).contains(f",{integer_in(name, value)},")
    if operator == "is":
        is_empty = choice_in(name, value, {"empty": True, "given": False})
        return column.is_(None) if is_empty else column.is_not(None)
    if operator in ("from", "before"):
        bound = _value(field, name, value)
        return column >= bound if operator == "from" else column < bound
    values = value.split(",") if field.kind != "text" or field.words else [value]
    if len(values) > _MOST_VALUES:
        raise refused_parameter(name, f"At most {_MOST_VALUES} values.")
    wanted = [_value(field, name, one) for one in values]
    return column.in_(wanted) if wanted else false()


def _listed(column: ColumnElement[Any]) -> ColumnElement[str]:
    """A JSON list of whole numbers as `,3,8,`, alike on both engines."""
    bare: ColumnElement[Any] = column.cast(Text)
    for mark in "[] ":
        bare = func.replace(bare, mark, "")
    return literal(",") + bare + literal(",")


def _value(field: Field, name: str, value: str) -> Any:
    if field.words:
        return choice_in(name, value, {word: word for word in field.words})
    match field.kind:
        case "integer":
            # Wider than the column may be, so that the engine compares instead of failing.
            return literal(integer_in(name, value), BigInteger())
        case "number":
            return number_in(name, value)
        case "boolean":
            return choice_in(name, value, {"true": True, "false": False})
        case "instant":
            return literal(instant_in(name, value), UtcDateTime())
        case _:
            return text_in(name, value)


def _sort(collection: Collection, value: str | None, reader: SignedIn) -> tuple[Field, bool]:
    known = [
        name for name, field in collection.sortable.items() if _sees(reader, collection, field)
    ]
    if value is None:
        return collection.sortable[known[0]], False
    name = value.removeprefix("-")
    if name not in known:
        allowed = [word for one in known for word in (one, f"-{one}")]
        raise refused_parameter(
            "sort", f"There is no such order; {nearest(value, allowed)}", allowed
        )
    return collection.sortable[name], value.startswith("-")


def _fields(collection: Collection, value: str | None) -> tuple[str, ...]:
    if value is None:
        return tuple(collection.fields)
    wanted = value.split(",")
    for name in wanted:
        if name not in collection.fields:
            hint = nearest(name, collection.fields)
            raise refused_parameter(
                "fields", f"There is no field {name!r}; {hint}", collection.fields
            )
    return tuple(name for name in collection.fields if name in wanted or name == collection.key)


def _limit(value: str | None) -> int:
    if value is None:
        return USUAL_LIMIT
    limit = integer_in("limit", value)
    if not LEAST_LIMIT <= limit <= GREATEST_LIMIT:
        raise refused_parameter("limit", f"A page has {LEAST_LIMIT} to {GREATEST_LIMIT} things.")
    return limit


def _position(values: list[Any], sort: Field) -> tuple[Any, ...]:
    try:
        value, key = values
        if sort.kind == "instant" and value is not None:
            value = as_utc(datetime.fromisoformat(value))
        if type(key) is not int or abs(key) > GREATEST_KEY or not _is_of(sort, value):
            raise TypeError
    except (ValueError, TypeError, OverflowError) as error:
        raise refused_parameter(
            "after", "This cursor is not of this list; begin without one."
        ) from error
    return value, key


def _is_of(sort: Field, value: Any) -> bool:
    """Whether a cursor's value can be one of the column's; a forged one need not."""
    if value is None:
        return sort.is_nullable
    if sort.words:
        return value in sort.words
    match sort.kind:
        case "integer":
            return type(value) is int and abs(value) <= GREATEST_KEY
        case "number":
            return type(value) in (int, float) and abs(value) <= GREATEST_KEY
        case "boolean":
            return value in (0, 1)
        case "instant":
            return True
        case _:
            return isinstance(value, str) and is_keepable(value)


def _sees(reader: SignedIn, collection: Collection, field: Field) -> bool:
    return sees_everywhere(reader, collection.action, *field.sees)


def _word(given: Mapping[str, str], name: str, words: Mapping[str, bool]) -> bool:
    return bool(choice_in(name, given[name], words)) if name in given else False
