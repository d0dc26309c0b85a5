"""The program `lodge`: its verbs, its exit codes, its manners."""

import os
import signal
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest
from sqlalchemy.exc import OperationalError

from cli.conftest import Call
from lodge_platform.cli.endings import exit_code_of, one_line
from lodge_platform.cli.output import cell, show_rows
from lodge_platform.cli.program import lodge
from lodge_platform.cli.summaries import SUMMARIES
from lodge_platform.errors import (
    ConflictError,
    MistakeError,
    NotFoundError,
    RefusedError,
    SetUpError,
    TryAgainError,
)
from lodge_platform.identity.rights import verb_rows

LODGE = [sys.executable, "-P", "-m", "lodge_platform.cli"]
VERBS = sorted(verb.name for verb in entry_points(group="lodge.verbs"))
HEAVY = ["sqlalchemy", "duckdb", "dagster", "fastapi", "imapclient", "rich", "lodge_core"]


def test_help_lists_every_verb_without_loading_any(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--help") == 0
    listed = capsys.readouterr().out
    assert [verb for verb in VERBS if f"\n  {verb} " not in listed] == []
    script = f"""
import sys
from lodge_platform.cli import main
main(["--help"])
print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert asked.stderr.strip() == "[]"


def test_every_verb_has_a_summary_that_help_can_show_at_once() -> None:
    assert [verb for verb in VERBS if verb not in SUMMARIES] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(call: Call, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(verb, "--help") == 0
    assert "Usage: lodge" in capsys.readouterr().out


def test_s08_every_verb_of_the_platform_declares_its_action() -> None:
    context = click.Context(lodge)
    ours = ("init", "up", "down", "status", "settings", "verify", "service")
    commands = {verb: lodge.get_command(context, verb) for verb in ours}
    assert len(list(verb_rows({k: v for k, v in commands.items() if v}))) >= len(ours)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RefusedError("no"), 1),
        (NotFoundError("no"), 1),
        (ConflictError("no"), 1),
        (click.UsageError("no"), 2),
        (SetUpError("no"), 3),
        (TryAgainError("no"), 3),
        (MistakeError("no"), 3),
        (ValueError("no"), 3),
        (KeyboardInterrupt(), 130),
        (SystemExit(2), 2),
        (SystemExit(None), 0),
    ],
)
def test_the_exit_code_says_whose_turn_it_is(error: BaseException, code: int) -> None:
    assert exit_code_of(error) == code


def test_errors_are_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    exit_code_of(SetUpError("the setting\nweb_port is wrong"))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "lodge: the setting web_port is wrong\n")


def test_s25_an_error_shows_its_traceback_when_debugging_and_its_secrets_never(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        raise TryAgainError("hunter2 at postgresql://me:swordfish@host/db")
    except TryAgainError as error:
        exit_code_of(error, is_debugging=True, secrets=["hunter2"])
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "hunter2" not in said
    assert "swordfish" not in said


def test_a_store_without_tables_is_answered_with_what_to_do() -> None:
    error = OperationalError("select 1", {}, Exception("no such table: users"))
    assert "run `lodge init`" in one_line(error)


def test_an_unknown_verb_is_answered_with_the_nearest_one(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("verfy") == 2
    assert "no verb 'verfy'; did you mean 'verify'?" in capsys.readouterr().err


def test_a_wrong_option_is_wrong_usage(call: Call) -> None:
    assert call("settings", "--jason") == 2


@pytest.mark.parametrize("verb", [["status"], ["verify"], ["up"], ["service", "list"]])
def test_without_a_home_a_verb_says_what_to_do_and_makes_nothing(
    call: Call, home: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    assert call(*verb) == 3
    assert "run `lodge init`" in capsys.readouterr().err
    assert not home.exists()


def test_an_unknown_setting_is_refused_with_the_nearest_one(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LODGE_WEB_PROT", "1")
    assert call("settings") == 3
    assert "LODGE_WEB_PROT; did you mean 'web_port'?" in capsys.readouterr().err


def test_a_log_level_there_is_not_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LODGE_LOG_LEVEL", "loud")
    assert call("settings") == 3
    assert "allowed: DEBUG, INFO, WARNING, ERROR" in capsys.readouterr().err


def test_a_reader_that_goes_away_gets_no_traceback(home: Path) -> None:
    environ = {**os.environ, "LODGE_HOME": str(home)}
    process = subprocess.Popen(
        [*LODGE, "settings"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    assert process.wait() == 141
    assert said == ""


def test_ctrl_c_is_said_in_a_word(home: Path) -> None:
    script = """
import sys, time, click
from lodge_platform.cli import program
@click.command("sleep")
def sleep():
    print("asleep", flush=True)
    time.sleep(30)
program.lodge.get_command = lambda ctx, name: sleep
program.lodge.resolve_command = lambda ctx, args: ("sleep", sleep, args[1:])
sys.exit(program.run(["sleep"]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "asleep\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said.lstrip()) == (130, "interrupted\n")


def test_stored_text_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([{"subject": "\x1b[2Jgone\u202e\nnext [bold]x[/bold]"}], as_json=False)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "gone" in shown
    assert "[bold]x[/bold]" in shown


def test_a_table_in_a_pipe_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([{"a": "x" * 300, "b": None}, {"a": "y", "b": True}], as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[2].split() == ["y", "yes"]


def test_no_rows_are_an_empty_list_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows([], as_json=True)
    assert capsys.readouterr().out == "[]\n"
    assert cell(None) == ""
