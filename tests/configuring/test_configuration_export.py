"""Export: everything that configures a house, always the same bytes, and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodge_platform.configuring import lines
from lodge_platform.configuring.exporting import as_files, as_yaml, write_files
from lodge_platform.configuring.reading import read_configuration
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.rows import shown_columns
from lodge_platform.errors import RefusedError
from lodge_platform.settings import Settings


def test_an_export_applied_to_an_empty_home_exports_the_same_bytes(
    housed: Any, open_home: Any, sqlite_settings: Settings, tmp_path: Path
) -> None:
    files = housed.files()
    write_files(tmp_path / "one", files)
    empty = _another(open_home, sqlite_settings, tmp_path)
    empty.apply_files(tmp_path / "one")
    assert empty.files() == files
    assert list(files) == [
        "configuration.yaml",
        "workflows/triage.yaml",
        "workflows/late-triage.yaml",
    ]


def test_an_export_as_one_file_applies_to_an_empty_home_too(
    housed: Any, open_home: Any, sqlite_settings: Settings, tmp_path: Path
) -> None:
    document = housed.document()
    empty = _another(open_home, sqlite_settings, tmp_path)
    empty.apply(document)
    assert empty.document() == document


def test_an_export_applied_where_it_came_from_changes_nothing(housed: Any, tmp_path: Path) -> None:
    write_files(tmp_path / "one", housed.files())
    before = housed.version()
    assert housed.plan(housed.document(), is_pruning=True).changes == []
    assert housed.apply_files(tmp_path / "one", is_pruning=True).changes == []
    assert housed.version() == before


def test_the_house_file_makes_what_it_says(housed: Any) -> None:
    grace = housed.entry("users", "grace", by="sign_in_name")
    assert grace["roles"] == [
        "agent",
        {"role": "agent", "department": "Sales", "queues": ["Web shop"]},
    ]
    assert housed.entry("categories", "Late")["parent"] == "Delivery"
    calendar = housed.entry("calendars", "Office hours")
    assert list(calendar["hours"]) == ["mon", "fri", "sun"]
    assert calendar["hours"]["mon"] == {"09:00": "12:30", "13:00": "17:00"}
    assert calendar["holidays"] == ["2026-12-25", "2026-12-26"]


def test_every_column_of_every_kind_is_in_an_export(housed: Any) -> None:
    said = housed.said()
    for kind in configuration_kinds():
        [entry, *_] = said[kind.plural]
        if kind.exported is not None:
            continue
        columns = {reference.field: reference.column for reference in kind.references}
        there = {columns.get(field, field) for field in entry}
        assert set(shown_columns(kind.table)) - there == {kind.key_column}, kind.plural


def test_an_earlier_export_is_written_over_and_other_folders_are_not(tmp_path: Path) -> None:
    workflow = {"document": "name: a\nkind: inbound\ndepartment: X\notherwise: Y\n"}
    write_files(tmp_path / "x", as_files({"workflows": [workflow]}))
    assert (tmp_path / "x/workflows/a.yaml").is_file()
    write_files(tmp_path / "x", as_files({"workflows": []}))
    assert not (tmp_path / "x/workflows/a.yaml").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/letter.txt").write_text("keep me")
    with pytest.raises(RefusedError, match="holds other files"):
        write_files(tmp_path / "other", {})


_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t")) | (
    st.sampled_from(
        ["no", "1e3", "012", "0x1F", "~", "null", "12:30", "2026-01-01", ".5", "=", "<<"]
    )
)


@given(_TEXTS, _TEXTS)
def test_any_text_comes_back_from_an_export_as_it_was(name: str, document: str) -> None:
    said = {"queues": [{"name": name, "document": document, "list": [name, document]}]}
    place = lines.Place("f")
    assert lines.plain(lines.compose(as_yaml(said), place), place) == said


def test_comments_say_what_is_left_out(housed: Any) -> None:
    head = housed.document().split("\n\n")[0]
    for word in ("passwords", "API keys", "webhooks sign with", "Secrets are named"):
        assert word in " ".join(line.removeprefix("# ") for line in head.splitlines())


def test_an_export_as_json_is_read_as_well(housed: Any) -> None:
    import json

    document = json.dumps(housed.said())
    assert housed.plan(document).changes == []
    read_configuration(document, "f.json", folder=None)


def _another(open_home: Callable[[Settings], Any], settings: Settings, folder: Path) -> Any:
    """Another empty home, on SQLite, whatever the first one is on."""
    from dataclasses import replace

    from lodge_platform.stores import migrate, open_stores

    place = folder / "another"
    place.mkdir()
    other = replace(
        settings,
        home=place,
        master_url=f"sqlite:///{place / 'master.db'}",
        active_url=f"sqlite:///{place / 'active.db'}",
    )
    stores = open_stores(other)
    migrate(stores.master)
    migrate(stores.active)
    stores.close()
    return open_home(other)
