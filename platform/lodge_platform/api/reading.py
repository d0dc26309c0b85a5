"""Reading collections: one thing or a page of them, as far as the reader may see, as JSON bytes."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select

from lodge_platform.api import problem_types as types
from lodge_platform.api.bodies import GREATEST_KEY, is_keepable
from lodge_platform.api.collection import Collection, Field
from lodge_platform.api.cursors import cursor_of
from lodge_platform.api.filters import Attribute, Wanted, beyond, order_of, read_list
from lodge_platform.api.matching import etag_of
from lodge_platform.api.problems import ApiProblem, field_error
from lodge_platform.api.rows import Decoder, Rows, Statement, compiled, decoders
from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.errors import NotFoundError
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.schema.base import Key
from lodge_platform.schema.master import CustomAttribute
from lodge_platform.stores import Store

_MOST_KEPT = 2000
_MOST_PARAMETERS = 100


@dataclass(frozen=True)
class Shape:
    """A query ready to be asked, and how its rows become things. The last columns are versions."""

    statement: Statement
    names: tuple[str, ...]
    decoders: list[tuple[str, Decoder]]
    withheld: tuple[str, ...]
    fields: tuple[Field, ...]
    wanted: Wanted | None = None
    total: Statement | None = None
    owner: Statement | None = None

    def thing(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """A row as the thing that the API shows."""
        found = dict(zip(self.names, row, strict=False))
        for name, decode in self.decoders:
            value = found[name]
            if value is not None:
                found[name] = decode(value)
        if self.withheld:
            found.update(dict.fromkeys(self.withheld), withheld=self.withheld)
        return found


@dataclass(frozen=True)
class Page:
    """Things of one page; `after` is the cursor of the next, `total` the count where asked for."""

    things: list[dict[str, Any]]
    after: str | None
    total: int | None

    def body(self) -> bytes:
        """The page as JSON."""
        said: dict[str, Any] = {"items": self.things, "after": self.after}
        if self.total is not None:
            said["total"] = self.total
        return orjson.dumps(said, option=orjson.OPT_UTC_Z)


class Reading:
    """Reads collections of one Lodge; queries are compiled once for each reader's rights."""

    def __init__(self, lodge: Lodge) -> None:
        self._lodge = lodge
        self._active = Rows(lodge.stores.active)
        self._master = Rows(lodge.stores.master)
        self._shapes: OrderedDict[tuple[Any, ...], Shape] = OrderedDict()

    def close(self) -> None:
        """Give back the connections."""
        self._active.close()
        self._master.close()

    async def one(
        self, collection: Collection, keys: Mapping[str, int], reader: SignedIn
    ) -> tuple[dict[str, Any], str]:
        """The thing with its ETag. Raises NotFoundError for what is not there or not visible."""
        kept = (collection, reader.scope)
        shape = self._shapes.get(kept) or self._keep(kept, self.item_shape(collection, reader))
        rows = await self._rows(collection).of(shape.statement, **keys)
        if not rows:
            raise NotFoundError(f"no {collection.one}")
        form = "w" if shape.withheld else ""
        return shape.thing(rows[0]), etag_of(rows[0][-1], form)

    async def page(
        self, collection: Collection, keys: Mapping[str, int], query: bytes, reader: SignedIn
    ) -> Page:
        """One page of the list that the query string asks for. Raises ApiProblem 400 for a bad one,
        NotFoundError when the thing it lies under is not visible."""
        kept = (collection, reader.scope, query)
        shape = self._shapes.get(kept)
        if shape is None:
            given = read_query(query)
            attributes: dict[str, Attribute] = {}
            if any(name.startswith("attributes.") for name in given):
                attributes = await asyncio.to_thread(self._attributes, collection)
            wanted = read_list(collection, given, reader, attributes)
            shape = self.list_shape(collection, reader, wanted)
            if not attributes:
                self._keep(kept, shape)
        rows = self._rows(collection)
        if shape.owner is not None and not await rows.of(shape.owner, **keys):
            raise NotFoundError(f"no {collection.one}")
        found = await rows.of(shape.statement, **keys)
        total = (await rows.of(shape.total, **keys))[0][0] if shape.total else None
        wanted = shape.wanted
        assert wanted is not None  # noqa: S101 - `list_shape` has set it
        after = None
        if len(found) > wanted.limit:
            found = found[: wanted.limit]
            after = _cursor(found[-1], wanted, is_sqlite=self._store(collection).is_sqlite)
        return Page([shape.thing(row) for row in found], after, total)

    def _rows(self, collection: Collection) -> Rows:
        return self._master if collection.is_master else self._active

    def _keep(self, kept: tuple[Any, ...], shape: Shape) -> Shape:
        self._shapes[kept] = shape
        if len(self._shapes) > _MOST_KEPT:
            self._shapes.popitem(last=False)
        return shape

    def item_shape(self, collection: Collection, reader: SignedIn) -> Shape:
        """How one thing is read for this reader."""
        names = tuple(collection.fields)
        query = select(*_columns(collection, names), collection.version).where(
            collection.sql_table.c[collection.key] == _of_path(collection.key),
            collection.visible(reader, collection.action),
            *_under(collection, reader),
        )
        return self._shape(collection, reader, names, query)

    def list_shape(self, collection: Collection, reader: SignedIn, wanted: Wanted) -> Shape:
        """How a page of the list is read for this reader."""
        key = collection.sql_table.c[collection.key]
        conditions = [collection.visible(reader, collection.action), *wanted.conditions]
        within = _within(collection)
        query = (
            select(*_columns(collection, wanted.fields), wanted.sort.column, key)
            .where(*conditions, *within)
            .order_by(*order_of(wanted, key))
            .limit(wanted.limit + 1)
        )
        if (later := beyond(wanted, key)) is not None:
            query = query.where(later)
        total = select(func.count()).where(*conditions, *within) if wanted.is_counted else None
        owner = _owner(collection, reader)
        return self._shape(
            collection, reader, wanted.fields, query, wanted=wanted, total=total, owner=owner
        )

    def _shape(
        self,
        collection: Collection,
        reader: SignedIn,
        names: tuple[str, ...],
        query: Select[Any],
        *,
        wanted: Wanted | None = None,
        total: Select[Any] | None = None,
        owner: Select[Any] | None = None,
    ) -> Shape:
        store = self._store(collection)
        fields = tuple(collection.fields[name] for name in names)
        withheld = tuple(
            field.name
            for field in fields
            if not sees_everywhere(reader, collection.action, *field.sees)
        )
        made = zip(names, decoders(fields, is_sqlite=store.is_sqlite), strict=True)
        return Shape(
            statement=compiled(store, query),
            names=names,
            decoders=[(name, decode) for name, decode in made if decode is not None],
            withheld=withheld,
            fields=fields,
            wanted=wanted,
            total=None if total is None else compiled(store, total),
            owner=None if owner is None else compiled(store, owner),
        )

    def _store(self, collection: Collection) -> Store:
        stores = self._lodge.stores
        return stores.master if collection.is_master else stores.active

    def _attributes(self, collection: Collection) -> dict[str, Attribute]:
        if not collection.custom_attributes:
            return {}
        of_type = CustomAttribute.object_type == collection.custom_attributes
        query = select(CustomAttribute.name, CustomAttribute.attribute_type).where(of_type)
        column = collection.sql_table.c.attributes
        with self._lodge.stores.master.read() as connection:
            return {row[0]: Attribute(row[0], row[1], column) for row in connection.execute(query)}


def statements_of(
    lodge: Lodge, collection: Collection, reader: SignedIn
) -> tuple[Statement, Statement]:
    """The queries for one thing and for a first page of 50, as this reader's requests ask them."""
    reading = Reading(lodge)
    try:
        wanted = read_list(collection, {"limit": "50"}, reader, {})
        page = reading.list_shape(collection, reader, wanted)
        return reading.item_shape(collection, reader).statement, page.statement
    finally:
        reading.close()


def read_query(query: bytes) -> dict[str, str]:
    """The parameters of a query string. Raises ApiProblem 400 for one that cannot be read."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:
        detail = "The query string is not NAME=VALUE pairs in UTF-8, percent-encoded."
        raise ApiProblem(types.INVALID_QUERY, detail) from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found or not is_keepable(name + value):
            detail = "Given twice." if name in found else "It holds what text cannot hold."
            raise ApiProblem(types.INVALID_QUERY, detail, errors=[field_error(name, detail)])
        found[name] = value
    return found


def key_in(word: str) -> int:
    """A key out of a path. Raises NotFoundError for what cannot be one."""
    is_key = word.isascii() and word.isdigit() and word[0] != "0" and len(word) <= 19
    if not is_key or int(word) > GREATEST_KEY:
        raise NotFoundError("no such key")
    return int(word)


def _columns(collection: Collection, names: tuple[str, ...]) -> list[ColumnElement[Any]]:
    return [collection.sql_table.c[name] for name in names]


def _of_path(name: str) -> BindParameter[int]:
    """A parameter that each request sets to the key in its path."""
    return bindparam(name, 0, type_=Key)


def _within(collection: Collection) -> list[ColumnElement[bool]]:
    """The rows of the thing that the path names, for a collection under another."""
    if collection.under is None:
        return []
    key = collection.under.key
    return [collection.sql_table.c[key] == _of_path(key)]


def _under(collection: Collection, reader: SignedIn) -> list[ColumnElement[bool]]:
    owner = _owner(collection, reader)
    return [] if owner is None else [*_within(collection), owner.exists()]


def _owner(collection: Collection, reader: SignedIn) -> Select[Any] | None:
    under = collection.under
    if under is None:
        return None
    key = under.sql_table.c[under.key]
    return select(key).where(
        key == _of_path(under.key),
        under.visible(reader, under.action),
        *_under(under, reader),
    )


def _cursor(row: tuple[Any, ...], wanted: Wanted, *, is_sqlite: bool) -> str:
    value, key = row[-2:]
    if wanted.sort.kind == "instant" and is_sqlite and value is not None:
        value = f"{value}+00:00"
    return cursor_of([value, key], wanted.about)
