"""A landed link's columns in the reports store: what loads write and the dictionary says."""

from collections.abc import Mapping

LAKE_TYPES: Mapping[str, str] = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "decimal(38,9)",
    "boolean": "boolean",
    "date": "date",
    "instant": "timestamp",
}
"""DuckDB's type for each type of the link language."""

MORE_MEANING = "What the source said beyond what the link declares, as JSON."
LOADED_AT_MEANING = "When a load last wrote this row here."
