"""The dictionary holds what it promises, and its check finds what breaks a promise."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lodge_dictionary import checks
from lodge_dictionary.entries import tables
from lodge_dictionary.looking_up import look_up
from lodge_dictionary.verbs.dictionary import dictionary
from lodge_platform.cli.invocation import Invocation
from lodge_platform.errors import NotFoundError
from lodge_platform.settings import Settings


def test_f10_every_column_of_master_active_and_marts_has_a_term() -> None:
    assert [(p.where, p.said) for p in checks.terms()] == []
    assert [p.where for p in checks.grains()] == []


def test_marts_refer_to_doc_blocks_and_sources_say_what_the_schema_says() -> None:
    assert list(checks.blocks()) == []
    assert list(checks.sources()) == []


def test_every_landed_table_has_a_staging_model_with_all_its_columns() -> None:
    assert list(checks.staging()) == []


def test_ready_queries_run_and_marts_are_as_declared(morning: Settings) -> None:
    assert list(checks.in_reports(morning)) == []


@pytest.mark.parametrize("meaning", ["", "string", "A timestamp.", "Agent.", "Since when.", "id"])
def test_term_that_is_missing_a_type_or_too_short_is_found(meaning: str) -> None:
    assert checks.fault_of(meaning)


def test_term_that_says_something_passes() -> None:
    assert checks.fault_of("Queue it waits in, or last waited in.") == ""


def test_entry_is_found_by_table_by_column_and_by_both() -> None:
    assert look_up("queue_intervals")[0]["meaning"].startswith("One row per queue and 15 minutes")
    assert {row["name"] for row in look_up("raw_sha256")} >= {"emails.raw_sha256"}
    (found,) = look_up("queue_intervals.service_level")
    assert found["unit"] == "share from 0 to 1"
    with pytest.raises(NotFoundError, match="did you mean 'service_level'"):
        look_up("servise_level")


def test_pages_hold_every_column_and_run_nothing_of_what_they_show(
    morning: Settings, tmp_path: Path
) -> None:
    done = CliRunner().invoke(
        dictionary, ["build", "--to", str(tmp_path)], obj=Invocation(morning.home)
    )
    assert done.exit_code == 0
    page = (tmp_path / "index.html").read_text("utf-8")
    known = json.loads((tmp_path / "dictionary.json").read_bytes())
    assert len(known["tables"]) == len(tables())
    for table in tables():
        for column in table.columns:
            assert f'id="{table.full_name}.{column.name}"' in page
