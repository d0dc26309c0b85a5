"""The values of one JSON row: what its fields declare, and the keys that no field uses."""

from collections.abc import Mapping
from typing import Any, cast

from lodge_adapters.answers.fields import source_name
from lodge_adapters.documents.batching import Picked
from lodge_adapters.documents.json_paths import Path, compiled
from lodge_adapters.language import Field

ITSELF = "$"
"""The column of a row that is no object: the row itself."""


class JsonFields:
    """Picks the declared cells of a row. `names` are the columns.

    A field's `from` is a key, or a JSONPath below the row where it begins with `$`. Several matches
    are a list. Raises SetUpError for what is no JSONPath.
    """

    def __init__(self, fields: tuple[Field, ...]) -> None:
        by_name = {source_name(field): field for field in fields}
        self.names = tuple(by_name)
        self._fields = [_Field(name, field) for name, field in by_name.items()]
        self._is_plain = all(one.path is None and not one.parts for one in self._fields)
        self._keys = {one.name for one in self._fields if one.path is None}
        self._keys |= {one.path.first for one in self._fields if one.path and one.path.first}
        self._open = [one.path for one in self._fields if one.path and one.path.first is None]

    def pick(self, row: Any) -> Picked:
        """The cells of the columns, and undeclared values by key."""
        if not isinstance(row, Mapping):
            cells = tuple(one.of(row) if one.path else None for one in self._fields)
            return cells, {} if self._open else {ITSELF: row}
        keyed = cast("Mapping[str, Any]", row)
        if self._is_plain:
            cells = tuple(map(keyed.get, self.names))
        else:
            cells = tuple(one.of(keyed) for one in self._fields)
        used = self._used(keyed) if self._open else self._keys
        return cells, {key: value for key, value in keyed.items() if key not in used}

    def _used(self, row: Any) -> set[Any]:
        found = set[Any](self._keys)
        for path in self._open:
            found |= {parts[0] for parts, _ in path.found(row) if parts}
        return found


class _Field:
    def __init__(self, name: str, field: Field) -> None:
        self.name = name
        self.path: Path | None = compiled(name) if name.startswith(ITSELF) else None
        self.parts = JsonFields(field.fields) if field.fields else None
        self._is_list = field.is_list

    def of(self, row: Any) -> Any:
        """The cell of a row."""
        if self.path is None:
            return self._nested(row.get(self.name))
        values = self.path.values(row)
        if self.path.is_single or (len(values) < 2 and not self._is_list):
            return self._nested(values[0]) if values else None
        return self._nested(values)

    def _nested(self, value: Any) -> Any:
        if self.parts is None:
            return value
        if isinstance(value, list):
            return [self._nested(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(value, Mapping):
            return value  # pyright: ignore[reportUnknownVariableType]
        declared, others = self.parts.pick(value)
        return dict(zip(self.parts.names, declared, strict=True)) | dict(others)
