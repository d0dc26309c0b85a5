"""A link's statement with its values: bound, each by the declared type, never written into it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Numeric,
    Text,
    TextClause,
    bindparam,
    text,
)
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import NullType, TypeEngine

from lodge_adapters.access.source import Values
from lodge_adapters.access.sql_target import Kind
from lodge_adapters.language import Link, Sql, Type
from lodge_platform.errors import RefusedError, SetUpError

KEY = "idempotency_key"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?")
_INTO_FILE = re.compile(r"\binto\s+(outfile|dumpfile)\b", re.IGNORECASE)
_MOST = 2**63
_EXACT_DIGITS = 15
_TYPES: dict[Type, TypeEngine[Any]] = {
    Type.TEXT: Text(),
    Type.INTEGER: BigInteger(),
    Type.DECIMAL: Numeric(),
    Type.BOOLEAN: Boolean(),
    Type.DATE: Date(),
    Type.INSTANT: DateTime(timezone=True),
}


def reading(link: Link, sql: Sql, kind: Kind) -> str:
    """The statement that a link reads by, a procedure's call included. Raises SetUpError."""
    if sql.procedure is None:
        statement = sql.select or ""
        if kind is Kind.MARIADB and _INTO_FILE.search(statement):
            raise SetUpError("a select into a file writes; a link without `writes` may only read")
        return statement
    if not _NAME.fullmatch(sql.procedure):
        raise SetUpError(f"{sql.procedure[:100]!r} is no procedure; write NAME or SCHEMA.NAME")
    arguments = ", ".join(f":{name}" for name in sql.arguments)
    if kind is Kind.POSTGRESQL:
        return f"select * from {sql.procedure}({arguments})"  # noqa: S608 - a name, checked
    if kind is Kind.SQLITE:
        raise SetUpError("SQLite has no procedures; write a select")
    return f"call {sql.procedure}({arguments})"


def bound(
    statement: str, link: Link, values: Values, kind: Kind, *, key: str | None = None
) -> TextClause:
    """The statement with its values. Raises RefusedError for one that the database cannot hold.

    Arguments of a procedure have the type that the value has, others the declared one: a database
    chooses a procedure by its arguments, and a small integer fits more of them.
    """
    clause = text(statement)
    used = clause._bindparams  # pyright: ignore[reportPrivateUsage] - there is no public way
    types = {parameter.name: parameter.type for parameter in link.parameters}
    is_chosen = link.access.sql is not None and link.access.sql.procedure is not None
    parameters: list[BindParameter[Any]] = []
    for name in used:
        if name == KEY and key is not None:
            parameters.append(bindparam(name, key, type_=Text()))
            continue
        value = _value(name, values, kind)
        declared = NullType() if is_chosen else _TYPES[types.get(name, Type.TEXT)]
        parameters.append(bindparam(name, value, type_=_fitting(declared, value, kind)))
    return clause.bindparams(*parameters)


def _value(name: str, values: Mapping[str, Any], kind: Kind) -> Any:
    value = values.get(name)
    if isinstance(value, str):
        _refuse_odd_text(name, value, kind)
    elif isinstance(value, datetime) and kind is not Kind.POSTGRESQL:
        # these have no instants: what they keep is the time in UTC
        return value.astimezone(UTC).replace(tzinfo=None)
    elif isinstance(value, Decimal) and kind is Kind.SQLITE:
        return _number(value)
    elif isinstance(value, int) and not -_MOST <= value < _MOST:
        if kind is Kind.POSTGRESQL:
            return Decimal(value)
        raise RefusedError(f"parameter {name!r} is larger than the database's integers", field=name)
    return value


def _fitting(declared: TypeEngine[Any], value: Any, kind: Kind) -> TypeEngine[Any]:
    if isinstance(declared, BigInteger) and isinstance(value, Decimal):
        return Numeric()
    if isinstance(declared, Numeric) and kind is Kind.SQLITE:
        return NullType()  # it is as SQLite has it already
    return declared


def _number(value: Decimal) -> int | float | str:
    """As SQLite itself keeps a number: integer, or a float of no more digits than it can hold."""
    if value.is_finite():
        if value == value.to_integral_value() and -_MOST <= value < _MOST:
            return int(value)
        if len(value.as_tuple().digits) <= _EXACT_DIGITS:
            return float(value)
    return str(value)


def _refuse_odd_text(name: str, value: str, kind: Kind) -> None:
    if kind is Kind.POSTGRESQL and "\0" in value:
        raise RefusedError(
            f"parameter {name!r}: PostgreSQL holds no text with the character U+0000", field=name
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RefusedError(f"parameter {name!r} is no Unicode text", field=name) from None
