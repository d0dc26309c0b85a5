"""A question to the reports store: SQL of a file in `sql/` with values bound to it, never pasted.

`as_typed` gives the same question as text for `lodge sql`, to be shown and never run from here.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from lodge_platform.errors import MistakeError
from lodge_platform.stores.reports import literal

Value = str | int | datetime | tuple[int, ...]
_FOLDER = Path(__file__).parent / "sql"
_NAME = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Question:
    """`name` is a file of `sql/`; `values` its parameters, in order of name. Instants are UTC."""

    name: str
    values: tuple[tuple[str, Value], ...]

    @property
    def sql(self) -> str:
        """The statement, with `$name` for each value."""
        return _text(self.name)

    def bound(self) -> dict[str, object]:
        """The values as DuckDB takes them: only those that the statement names."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in self.values}

    def as_typed(self) -> str:
        """The statement with its values written into it."""
        values = dict(self.values)
        return _NAME.sub(lambda found: _written(values[found[1]]), self.sql)


def question(name: str, **values: Value) -> Question:
    """The question of that file. Raises MistakeError unless exactly its parameters are given."""
    wanted = set(_NAME.findall(_text(name)))
    if wanted != values.keys():
        raise MistakeError(f"{name}.sql asks for {sorted(wanted)}, given {sorted(values)}")
    return Question(name, tuple(sorted(values.items())))


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text("utf-8")


def _written(value: Value) -> str:
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, datetime):
        return f"timestamp '{value:%Y-%m-%d %H:%M:%S}'"
    return str(value) if isinstance(value, int) else f"[{', '.join(map(str, value))}]"
