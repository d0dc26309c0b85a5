"""The schema's comments as dbt sources, so that a landed column is explained in one place only.

The files are kept beside the staging models; `lodge dictionary build` writes them, and
`lodge dictionary check` says when they no longer agree with the schema.
"""

from pathlib import Path
from typing import Any

import yaml

from lodge_platform.schema.landed import LandedTable, StoreName, landed_tables

PROJECT = Path(__file__).parent / "project"
_STORES: dict[StoreName, str] = {
    "active": "The active store, landed as it is: what is being worked on.",
    "master": "The master store, landed as it is: configuration and identities, without secrets.",
}


def source_files() -> dict[Path, str]:
    """Each sources file of the dbt project and what it should say."""
    folder = PROJECT / "models" / "staging"
    return {folder / f"_{store}__sources.yml": _said(store) for store in _STORES}


def staging_file(table: LandedTable) -> Path:
    """Where the staging model of a landed table is."""
    return PROJECT / "models" / "staging" / f"stg_{table.store}__{table.name}.sql"


def write_sources() -> list[Path]:
    """Write the sources files that differ from the schema; gives which did."""
    written: list[Path] = []
    for path, text in source_files().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            written.append(path)
    return written


def _said(store: StoreName) -> str:
    tables = [_table(table) for table in landed_tables() if table.store == store]
    source = {
        "name": store,
        "schema": store,
        "description": _STORES[store],
        "tables": tables,
    }
    body = yaml.safe_dump(
        {"version": 2, "sources": [source]}, sort_keys=False, allow_unicode=True, width=96
    )
    return "# Written by `lodge dictionary build` from the comments of the schema.\n" + body


def _table(table: LandedTable) -> dict[str, Any]:
    columns = [
        {"name": column.name, "data_type": column.lake_type, "description": column.comment}
        for column in table.columns
    ]
    return {"name": table.name, "description": table.comment, "columns": columns}
