"""A column and its dictionary term, written once: `term("meaning", unit=..., example=...)`.

The meaning becomes the column's comment in PostgreSQL; the whole term stays in `column.info`
for the dictionary.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import MappedColumn, mapped_column

from lodge_platform.vocabulary import Sensitivity


@dataclass(frozen=True)
class Term:
    """What one column means; `unit` and `example` are None where the meaning says it all."""

    meaning: str
    unit: str | None = None
    sensitivity: Sensitivity = Sensitivity.OPEN
    example: str | None = None

    def comment(self) -> str:
        """The term as one line of text, as kept in the database."""
        parts = [self.meaning]
        if self.unit:
            parts.append(f"Unit: {self.unit}.")
        if self.example:
            parts.append(f"Example: {self.example}.")
        if self.sensitivity is not Sensitivity.OPEN:
            parts.append(f"Sensitivity: {self.sensitivity.value}.")
        return " ".join(parts)


def term(
    meaning: str,
    *arguments: Any,
    unit: str | None = None,
    sensitivity: Sensitivity = Sensitivity.OPEN,
    example: str | None = None,
    **options: Any,
) -> MappedColumn[Any]:
    """A mapped column with its term; `arguments` and `options` go to `mapped_column`."""
    said = Term(meaning, unit, sensitivity, example)
    return mapped_column(*arguments, comment=said.comment(), info={"term": said}, **options)


def term_of(column: Column[Any]) -> Term | None:
    """The term of a column, or None when it was declared without one."""
    found = column.info.get("term")
    return found if isinstance(found, Term) else None
