"""How a verb ends: 0 done, 1 refused input, 2 wrong usage, 3 broken; one line says what to do."""

import logging
import os
import sys
import traceback

import click

from lodge_platform.errors import LodgeError, MistakeError, RefusedError, SetUpError
from lodge_platform.log import strike_secrets

DONE, REFUSED, WRONG_USAGE, BROKEN = 0, 1, 2, 3
# What a shell reports for a program that ended by the signal: 128 and its number.
INTERRUPTED, READER_GONE = 130, 141


def exit_code_of(error: BaseException, *, is_debugging: bool = False) -> int:
    """Say on stderr what went wrong, in one line, and give the exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        _let_stdout_go()
        return READER_GONE
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show(file=sys.stderr)
        return error.exit_code
    if is_debugging:
        struck = strike_secrets("".join(traceback.format_exception(error)))
        print(struck, end="", file=sys.stderr)
    print(f"lodge: {one_line(error)}", file=sys.stderr)
    return error.exit_code if isinstance(error, LodgeError) else BROKEN


def one_line(error: BaseException) -> str:
    """The error as one line that says what to do, secrets struck out."""
    if isinstance(error, MistakeError):
        said = f"{error} (a mistake of Lodge's own; please report it)"
    elif isinstance(error, (RefusedError, LodgeError)):
        said = str(error)
    elif _is_missing_table(error):
        said = str(SetUpError("the store has no tables of this version yet; run `lodge init`"))
    elif isinstance(error, OSError):
        said = str(error)
    else:
        said = f"{type(error).__name__}: {error}; LODGE_LOG_LEVEL=DEBUG shows where"
    return strike_secrets(" ".join(said.split()))


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
