"""How a verb ends: 0 done, 1 refused input, 2 wrong usage, 3 broken; one line says what to do."""

import logging
import os
import sys
import traceback
from collections.abc import Collection

import click

from lodge_platform.errors import LodgeError
from lodge_platform.services.saying import say, strike

DONE, REFUSED, WRONG_USAGE, BROKEN = 0, 1, 2, 3
# What a shell reports for a program that ended by the signal: 128 and its number.
INTERRUPTED, READER_GONE = 130, 141


def exit_code_of(
    error: BaseException, *, is_debugging: bool = False, secrets: Collection[str] = ()
) -> int:
    """Say on stderr what went wrong, in one line without `secrets`, and give the exit code."""
    # click and rich turn a pipe whose reader has gone into an exit of their own.
    if isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError):
        _let_stdout_go()
        return READER_GONE
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show(file=sys.stderr)
        return error.exit_code
    if is_debugging:
        struck = strike("".join(traceback.format_exception(error)), secrets)
        print(struck, end="", file=sys.stderr)
    print(f"lodge: {one_line(error, secrets)}", file=sys.stderr)
    return error.exit_code if isinstance(error, LodgeError) else BROKEN


def one_line(error: BaseException, secrets: Collection[str] = ()) -> str:
    """The error as one line that says what to do, secrets struck out."""
    if _is_missing_table(error):
        return "the store has no tables of this version yet; run `lodge init`"
    said = say(error, secrets)
    is_ours = isinstance(error, (LodgeError, OSError))
    return said if is_ours else f"{said}; LODGE_LOG_LEVEL=DEBUG shows where"


def _is_missing_table(error: BaseException) -> bool:
    said = str(getattr(error, "orig", ""))
    return "no such table" in said or ("relation" in said and "does not exist" in said)


def _let_stdout_go() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not fail as well."""
    logging.raiseExceptions = False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open until the end
    finally:
        os.close(nowhere)
