"""What a column means: its comment in the reports store, else what dbt last read of the project."""

from pathlib import Path
from typing import Any

import msgspec
import streamlit as st

from lodge_dashboards.questions import question
from lodge_dashboards.reports import ask
from lodge_platform.settings import Settings

Terms = dict[str, str]


def terms_at(settings: Settings, snapshot_no: int) -> Terms:
    """Terms by `table.column` and by `table`; a column without one is not among them."""
    rows = ask(settings, snapshot_no, question("terms")).records()
    commented = {f"{row['table_name']}.{row['column_name']}": row["comment"] for row in rows}
    manifest = settings.home / "dbt" / "target" / "manifest.json"
    if not manifest.exists():
        return commented
    return _described(str(manifest), manifest.stat().st_mtime_ns) | commented


@st.cache_data(max_entries=2, show_spinner=False)
def _described(path: str, changed_at: int) -> Terms:
    del changed_at  # part of the key: another manifest is read anew
    try:
        manifest = msgspec.json.decode(Path(path).read_bytes(), type=_Manifest)
    except (OSError, msgspec.DecodeError):
        return {}
    return {
        f"{node.name}.{column}": str(said["description"]).strip()
        for node in manifest.nodes.values()
        if node.resource_type == "model"
        for column, said in node.columns.items()
        if said.get("description")
    }


class _Node(msgspec.Struct):
    name: str = ""
    resource_type: str = ""
    columns: dict[str, dict[str, Any]] = {}


class _Manifest(msgspec.Struct):
    nodes: dict[str, _Node] = {}
