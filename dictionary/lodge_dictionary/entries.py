"""Every table and column of master, active and the marts, with what each means."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import yaml
from sqlalchemy import MetaData, Table

from lodge_dictionary.sources import PROJECT
from lodge_platform.schema import ActiveBase, MasterBase, term_of

_DOCS = re.compile(r"{%\s*docs\s+(\w+)\s*%}(.*?){%\s*enddocs\s*%}", re.DOTALL)
_FACT = re.compile(r"^(Unit|Zone|Example|Sensitivity):\s*(.+?)\.?$", re.MULTILINE)
_REFERENCE = re.compile(r"doc\('(\w+)'\)")


@dataclass(frozen=True)
class ColumnEntry:
    """One column; `meaning` is empty where nobody wrote a term."""

    name: str
    kind: str
    meaning: str = ""
    unit: str | None = None
    zone: str | None = None
    sensitivity: str = "open"
    example: str | None = None


@dataclass(frozen=True)
class TableEntry:
    """One table: `store` is master, active, marts or links; `grain` says what one row is."""

    store: str
    name: str
    grain: str
    columns: tuple[ColumnEntry, ...]

    @property
    def full_name(self) -> str:
        """The name under which SQL knows it."""
        return self.name if self.store == "marts" else f"{self.store}.{self.name}"


@cache
def tables() -> tuple[TableEntry, ...]:
    """Marts first, then active and master, each in the order of its declaration."""
    return (
        *_marts(),
        *_of_store("active", ActiveBase.metadata),
        *_of_store("master", MasterBase.metadata),
    )


@cache
def doc_blocks() -> dict[str, str]:
    """The doc blocks of the dbt project by name."""
    found: dict[str, str] = {}
    for path in sorted((PROJECT / "terms").glob("*.md")):
        for name, text in _DOCS.findall(path.read_text("utf-8")):
            found[str(name)] = str(text).strip()
    return found


def declared_marts() -> list[dict[str, Any]]:
    """The marts' models as their YAML declares them."""
    path = PROJECT / "models" / "marts" / "_marts.yml"
    return cast(list[dict[str, Any]], yaml.safe_load(path.read_text("utf-8"))["models"])


def referenced_block(description: str | None) -> str:
    """The name of the doc block that a description refers to; empty for none."""
    found = _REFERENCE.search(description or "")
    return found.group(1) if found else ""


def _marts() -> Iterator[TableEntry]:
    blocks = doc_blocks()
    for model in declared_marts():
        columns = tuple(_mart_column(column, blocks) for column in model["columns"])
        grain = blocks.get(referenced_block(model.get("description")), "")
        yield TableEntry("marts", model["name"], _one_line(grain), columns)


def _mart_column(column: dict[str, Any], blocks: dict[str, str]) -> ColumnEntry:
    text = blocks.get(referenced_block(column.get("description")), "")
    facts: dict[str, str] = dict(_FACT.findall(text))
    return ColumnEntry(
        name=column["name"],
        kind=column.get("data_type", ""),
        meaning=_one_line(_FACT.sub("", text)),
        unit=facts.get("Unit"),
        zone=facts.get("Zone"),
        sensitivity=facts.get("Sensitivity", "open"),
        example=facts.get("Example"),
    )


def _of_store(store: str, metadata: MetaData) -> Iterator[TableEntry]:
    for table in metadata.sorted_tables:
        yield TableEntry(store, str(table.name), table.comment or "", tuple(_columns(table)))


def _columns(table: Table) -> Iterator[ColumnEntry]:
    for column in table.columns:
        term = term_of(column)
        kind = str(column.type.compile()).lower()
        if term is None:
            yield ColumnEntry(str(column.name), kind)
            continue
        unit, _, zone = (term.unit or "").partition(", ")
        is_instant = unit == "instant"
        yield ColumnEntry(
            name=str(column.name),
            kind=kind,
            meaning=term.meaning,
            unit=unit if is_instant else term.unit,
            zone=zone if is_instant else None,
            sensitivity=term.sensitivity.value,
            example=term.example,
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
