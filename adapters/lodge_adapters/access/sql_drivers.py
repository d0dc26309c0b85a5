"""How psycopg and PyMySQL are told to connect, and what of a database's types they make.

What Python has no plain value for (times of day, intervals, networks, ranges, UUIDs) stays the
text that the database writes.
"""

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from math import ceil
from typing import Any

import psycopg
import pymysql
from psycopg.types.json import set_json_loads
from psycopg.types.string import TextLoader
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions

from lodge_adapters.access.sql_target import Target
from lodge_adapters.access.sql_watch import Watch
from lodge_platform.errors import TryAgainError

_RANGES = ("int4", "int8", "num", "date", "ts", "tstz")
_AS_TEXT = (
    *("uuid", "time", "timetz", "interval", "inet", "cidr"),
    *(f"{name}range" for name in _RANGES),
    *(f"{name}multirange" for name in _RANGES),
)
_EXACT = partial(json.loads, parse_float=Decimal)


def connect_postgresql(
    target: Target, addresses: Sequence[str], named: dict[str, Any], *, seconds: float
) -> Any:
    """A connection to one of the addresses. Raises psycopg.Error."""
    options: dict[str, Any] = {
        "application_name": "lodge",
        "gssencmode": "disable",
        **named,
        "port": target.port,
        "client_encoding": "utf8",
        "connect_timeout": ceil(seconds),
        "prepare_threshold": None,
    }
    if target.socket is not None:
        options["host"] = target.socket
    else:
        options["host"] = ",".join([target.host] * len(addresses))
        options["hostaddr"] = ",".join(addresses)
    connection: Any = psycopg.connect(**options)
    for name in _AS_TEXT:
        connection.adapters.register_loader(name, TextLoader)
    set_json_loads(_EXACT, connection)
    return connection


def connect_mariadb(
    target: Target,
    addresses: Sequence[str],
    named: dict[str, Any],
    watch: Watch,
    *,
    seconds: float,
) -> Any:
    """A connection to one of the addresses; `lodge_number` is its file descriptor.

    Raises pymysql.Error, TryAgainError.
    """
    options: dict[str, Any] = {
        **named,
        "host": target.host,
        "port": target.port,
        "charset": "utf8mb4",
        "conv": _CONVERSIONS,
        "program_name": "lodge",
        "defer_connect": True,
    }
    connection: Any = pymysql.connect(**options)
    opened = _socket(target, addresses, seconds)
    connection.lodge_number = opened.fileno()
    watch.over_socket(connection.lodge_number)  # the server may never greet
    connection.connect(opened)
    return connection


def abandon_mariadb(cursor: Any) -> None:
    """Leave a cursor's other rows unread: PyMySQL would read them all, at its end or when it is
    collected. Its connection cannot be used any more."""
    for result in (cursor._result, cursor.connection and cursor.connection._result):
        if result is not None:
            result.unbuffered_active = False
            result.connection = None
    cursor.connection = None


def _socket(target: Target, addresses: Sequence[str], seconds: float) -> socket.socket:
    if target.socket is not None:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(seconds)
        with suppress(OSError):
            opened.connect(target.socket)
            return opened
        opened.close()
    for address in addresses:
        with suppress(OSError):
            opened = socket.create_connection((address, target.port), timeout=seconds)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return opened
    raise TryAgainError(f"{target.place} cannot be reached")


def _bits(given: bytes) -> int:
    return int.from_bytes(given, "big")


_CONVERSIONS: dict[Any, Any] = {
    **{key: value for key, value in conversions.items() if key != FIELD_TYPE.TIME},
    FIELD_TYPE.BIT: _bits,
}
