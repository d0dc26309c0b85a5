"""What a driver says went wrong, as an error of ours.

Drivers quote values, statements and sign-ins in their messages; of these only the kind, the
database's own code, and a name that stands in the link's statement are passed on. Therefore
nothing here is raised `from` the driver's error either.
"""

import re
import sqlite3
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

import psycopg
import pymysql
from sqlalchemy.exc import DBAPIError

from lodge_adapters.access.source import BrokenSourceError, SlowSourceError
from lodge_adapters.access.sql_target import Target
from lodge_platform.errors import LodgeError, RefusedError, SetUpError, TryAgainError


class Fault(Enum):
    """What kind of thing went wrong."""

    AWAY = auto()
    BUSY = auto()
    SIGN_IN = auto()
    SLOW = auto()
    GONE = auto()
    VALUE = auto()
    CONSTRAINT = auto()
    READ_ONLY = auto()
    RIGHT = auto()
    STATEMENT = auto()
    RAISED = auto()
    OTHER = auto()


def translated(
    error: BaseException, target: Target, statement: str, *, is_writing: bool
) -> LodgeError:
    """The error to raise `from None` for what a driver, or SQLAlchemy, raised."""
    if isinstance(error, LodgeError):
        return error
    driver = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    fault, code = _fault(driver)
    place, said = target.place, f" ({code})" if code else ""
    names = _named(str(driver), statement)
    match fault:
        case Fault.AWAY:
            return TryAgainError(f"{place} cannot be reached")
        case Fault.BUSY:
            return TryAgainError(f"{place} is busy{said}: a lock, or too many connections")
        case Fault.SIGN_IN:
            return SetUpError(
                f"{place} refuses the sign-in{said}: the user, the password, or the database's name"
            )
        case Fault.SLOW:
            return SlowSourceError(f"{place} did not answer in time{said}")
        case Fault.GONE:
            what = f"no {names}" if names else "not everything the statement names"
            return BrokenSourceError(f"{place} has {what}{said}{_HINTS.get(code, '')}")
        case Fault.VALUE | Fault.CONSTRAINT:
            about = f" for {names}" if names else ""
            return RefusedError(f"{place} does not take a value{about}{said}")
        case Fault.READ_ONLY:
            return SetUpError(
                f"{place} refuses to write{said}: "
                + ("it is read-only" if is_writing else "a link without `writes` may only read")
            )
        case Fault.RIGHT:
            return SetUpError(f"{place} lets this account not do what the link asks{said}")
        case Fault.STATEMENT:
            return SetUpError(f"{place} does not understand the link's statement{said}")
        case Fault.RAISED if is_writing:
            return RefusedError(f"{place} refuses by a rule of its own{said}")
        case _:
            kind = TryAgainError if is_writing else BrokenSourceError
            return kind(f"{place} failed{said or f' ({type(driver).__name__})'}")


def _fault(error: BaseException) -> tuple[Fault, str]:
    if isinstance(error, psycopg.Error):
        return _of_postgresql(error)
    if isinstance(error, pymysql.Error):
        return _of_mariadb(error)
    if isinstance(error, (sqlite3.Error, sqlite3.Warning)):
        return _of_sqlite(error)
    if isinstance(error, (OverflowError, UnicodeEncodeError)):
        return Fault.VALUE, ""
    if isinstance(error, OSError):
        return Fault.AWAY, ""
    return Fault.OTHER, ""


def _of_postgresql(error: psycopg.Error) -> tuple[Fault, str]:
    state = error.sqlstate
    if state is not None:
        return _of_state(state), f"SQLSTATE {state}"
    said = str(error)
    if not isinstance(error, psycopg.OperationalError):
        return Fault.OTHER, ""  # such as an instant that Python cannot hold
    if any(words in said for words in ("starting up", "shutting down", "too many", "slots")):
        return Fault.BUSY, ""
    # at sign-in libpq gives no SQLSTATE, only what the server wrote
    if any(words in said for words in ("FATAL", "password", "not support SSL", "certificate")):
        return Fault.SIGN_IN, ""
    return Fault.AWAY, ""


def _of_state(state: str) -> Fault:
    for head, fault in _STATES.items():
        if state.startswith(head):
            return fault
    return Fault.OTHER


def _of_mariadb(error: pymysql.Error) -> tuple[Fault, str]:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    code = f"error {number}" if number else ""
    for fault, numbers in _NUMBERS.items():
        if number in numbers:
            return fault, code
    if isinstance(error, pymysql.IntegrityError):
        return Fault.CONSTRAINT, code
    if isinstance(error, pymysql.DataError):
        return Fault.VALUE, code
    if number == 0 or 2000 <= number < 3000:  # the client's own: no connection, or one that broke
        return Fault.AWAY, code
    state: Any = getattr(error, "sqlstate", None)
    return _of_state(state) if isinstance(state, str) else Fault.OTHER, code


def _of_sqlite(error: sqlite3.Error | sqlite3.Warning) -> tuple[Fault, str]:
    name: str = getattr(error, "sqlite_errorname", "")
    said = str(error)
    if said.startswith("not authorized"):
        return Fault.READ_ONLY, name
    for head, fault in _SQLITE.items():
        if name.startswith(head):
            return fault, name
    if said.startswith(("no such column", "no such table", "no such function")):
        return Fault.GONE, name
    if "one statement at a time" in said or name == "SQLITE_ERROR":
        return Fault.STATEMENT, name
    return Fault.OTHER, name


def _named(said: str, statement: str) -> str:
    """The first name in a message that is a word of the link's own statement, and thus no value."""
    words = {word.lower() for word in _WORD.findall(statement)}
    for name in _candidates(said):
        parts = name.split(".")
        if all(part.lower() in words for part in parts[-1:]):
            return repr(parts[-1][:63])
    return ""


def _candidates(said: str) -> Iterator[str]:
    first = said.splitlines()[0] if said else ""
    for pattern in _NAMES:
        yield from pattern.findall(first)


_WORD = re.compile(r"\w+")
_NAMES = (
    re.compile(r"(?:column|table|function|relation|constraint failed):? ([\w.]+)"),
    re.compile(r"[\"'`„»“]([\w.]+)[\"'`“«”]"),
)
_HINTS = {
    "SQLSTATE 42883": "; a parameter of another type is written as cast(:name as uuid)",
}
_STATES = {
    "08": Fault.AWAY,
    "57P": Fault.AWAY,
    "53": Fault.BUSY,
    "40": Fault.BUSY,
    "55P03": Fault.BUSY,
    "57014": Fault.SLOW,
    "28": Fault.SIGN_IN,
    "3D": Fault.SIGN_IN,
    "42703": Fault.GONE,
    "42P01": Fault.GONE,
    "42883": Fault.GONE,
    "3F000": Fault.GONE,
    "42S02": Fault.GONE,
    "42S22": Fault.GONE,
    "42501": Fault.RIGHT,
    "42": Fault.STATEMENT,
    "0A": Fault.STATEMENT,
    "25006": Fault.READ_ONLY,
    "25001": Fault.READ_ONLY,
    "22P02": Fault.VALUE,
    "22001": Fault.VALUE,
    "22003": Fault.VALUE,
    "22007": Fault.VALUE,
    "22008": Fault.VALUE,
    "22021": Fault.VALUE,
    "23": Fault.CONSTRAINT,
    "P0001": Fault.RAISED,
    "45000": Fault.RAISED,
}
_NUMBERS = {
    Fault.BUSY: (1040, 1203, 1205, 1213, 1226),
    Fault.SIGN_IN: (1044, 1045, 1049, 1129, 1130, 1698),
    Fault.SLOW: (1317, 1969, 3024),
    Fault.GONE: (1054, 1146, 1305, 1356),
    Fault.READ_ONLY: (1290, 1792, 1836),
    Fault.RIGHT: (1142, 1143, 1227, 1370),
    Fault.STATEMENT: (1064, 1318),
    Fault.CONSTRAINT: (3819, 4025),
    Fault.VALUE: (1264, 1265, 1292, 1366, 1406),
}
_SQLITE = {
    "SQLITE_BUSY": Fault.BUSY,
    "SQLITE_LOCKED": Fault.BUSY,
    "SQLITE_INTERRUPT": Fault.SLOW,
    "SQLITE_CANTOPEN": Fault.AWAY,
    "SQLITE_IOERR": Fault.AWAY,
    "SQLITE_FULL": Fault.BUSY,
    "SQLITE_READONLY": Fault.READ_ONLY,
    "SQLITE_AUTH": Fault.READ_ONLY,
    "SQLITE_CONSTRAINT": Fault.CONSTRAINT,
    "SQLITE_TOOBIG": Fault.VALUE,
    "SQLITE_MISMATCH": Fault.VALUE,
}
