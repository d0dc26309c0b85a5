"""The contract between a link and its source: rows typed as declared, or what becomes of others.

Under `freeze` the first thing that is not as declared ends the answer. Under `evolve` it is handed
out as text in `more`, under `discard` it is left out; both say so in `breach`. In `more` there is
nothing of a field that the reader is not shown, and what nobody declared is content.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lodge_adapters.access.source import Batch, BrokenSourceError
from lodge_adapters.answers.fields import ALL, Seen, is_shown, source_name
from lodge_adapters.answers.values import CONVERTERS, is_ready, literal
from lodge_adapters.language import Contract, Field, Link, Type
from lodge_platform.vocabulary import Sensitivity

_MOST_SHOWN = 20
Row = tuple[Any, ...]
More = dict[str, str]


class _OddError(Exception):
    """Something of a row is not as declared; `left` is what is left of it as text."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Shaper:
    """Shapes batch after batch of one answer for a reader who may see `seen`.

    `discarded` counts rows left out; `breach` says what was first found not to be as declared.
    """

    def __init__(self, link: Link, seen: Seen = ALL) -> None:
        self._contract = link.contract
        self._fields = link.answer.fields
        self._hidden = {
            place for place, field in enumerate(self._fields) if not is_shown(field, seen)
        }
        self._seen = seen
        self._shows_undeclared = Sensitivity.CONTENT in seen
        self._open = frozenset(_open_paths(link.answer.fields))
        self._before = 0
        self.discarded = 0
        self.breach: str | None = None

    @property
    def has_more(self) -> bool:
        """Whether each row has a last cell with what is undeclared, or None."""
        return self._contract is Contract.EVOLVE

    def shape(self, batch: Batch) -> list[Row]:
        """Rows of typed values in the order of the fields that are shown; under `evolve` with a
        last cell of undeclared texts by name, or None. A nested thing is a tuple, a list a list.

        Raises BrokenSourceError under `freeze`.
        """
        columns = (
            dict(zip(batch.columns, zip(*batch.rows, strict=True), strict=True))
            if (batch.rows)
            else dict[str, tuple[Any, ...]]()
        )
        count = len(batch.rows)
        for field in self._fields:
            if source_name(field) not in batch.columns:
                self._odd(f"the source has no {source_name(field)!r}")
        extra = self._extra(batch, columns)
        shaped: list[Sequence[Any]] = []
        dropped: set[int] = set()
        for place, field in enumerate(self._fields):
            cells = columns.get(source_name(field), (None,) * count)
            ready = self._column(field, cells, extra, dropped)
            if place not in self._hidden:
                shaped.append(ready)
        if self.has_more:
            shaped.append([more or None for more in extra])
        self._before += count
        rows: list[Row] = list(zip(*shaped, strict=True)) if shaped else [()] * count
        if dropped:
            self.discarded += len(dropped)
            rows = [row for place, row in enumerate(rows) if place not in dropped]
        return rows

    def _extra(self, batch: Batch, columns: Mapping[str, Sequence[Any]]) -> list[More]:
        """What is undeclared, for each row."""
        extra: list[More] = [{} for _ in batch.rows] if self.has_more else []
        known = {source_name(field) for field in self._fields}
        for name in batch.columns:
            if name in known:
                continue
            cells = columns.get(name, ())
            if not any(cell is not None for cell in cells):
                continue
            self._odd(f"the source has {name[:60]!r}, which no field declares")
            is_told = self.has_more and self._shows_undeclared
            for place, cell in enumerate(cells if is_told else ()):
                if cell is not None:
                    extra[place][name] = _as_text(cell)
        return extra

    def _column(
        self, field: Field, cells: tuple[Any, ...], extra: list[More], dropped: set[int]
    ) -> Sequence[Any]:
        is_plain = not field.fields and not field.is_list
        is_whole = not field.required or None not in cells
        if is_plain and is_whole and is_ready(field.type, cells):
            return cells
        found: list[Any] = []
        is_told = self.has_more and is_shown(field, self._seen)
        for place, cell in enumerate(cells):
            more = extra[place] if is_told else None
            try:
                found.append(self._value(field, cell, field.name, more))
            except _OddError as odd:
                self._odd(f"row {self._before + place + 1}: {odd.said}")
                found.append(None)
                if not self.has_more:
                    dropped.add(place)
                elif more is not None and cell is not None and _is_told_whole(field, self._seen):
                    more[field.name] = _as_text(cell)
        return found

    def _value(self, field: Field, cell: Any, path: str, more: More | None) -> Any:
        if field.is_list:
            is_many = isinstance(cell, (list, tuple))
            cells: list[Any] = [] if cell is None else [*cell] if is_many else [cell]
            values = [self._single(field, one, path, more) for one in cells if one is not None]
            if field.required and not values:
                raise _OddError(f"{path} is missing")
            return values
        return self._single(field, cell, path, more)

    def _single(self, field: Field, cell: Any, path: str, more: More | None) -> Any:
        if cell is None:
            if field.required:
                raise _OddError(f"{path} is missing")
            return None
        if field.fields:
            return self._nested(field, cell, path, more)
        try:
            return CONVERTERS[field.type](cell)
        except ValueError as error:
            shown = f" {_as_text(cell)[:_MOST_SHOWN]!r}" if path in self._open else ""
            raise _OddError(f"{path}{shown} {error}") from error

    def _nested(self, field: Field, cell: Any, path: str, more: More | None) -> Row:
        if not isinstance(cell, Mapping):
            raise _OddError(f"{path} has no parts")
        known = {source_name(one) for one in field.fields}
        for name, value in cell.items():  # pyright: ignore[reportUnknownVariableType]
            if name not in known and value is not None:
                place = f"{path}.{name}"
                self._odd(f"the source has {place[:60]!r}, which no field declares")
                if more is not None and self._shows_undeclared:
                    more[place] = _as_text(value)
        return tuple(
            self._value(one, cell.get(source_name(one)), f"{path}.{one.name}", more)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            for one in field.fields
            if is_shown(one, self._seen)
        )

    def _odd(self, said: str) -> None:
        if self._contract is Contract.FREEZE:
            raise BrokenSourceError(f"the source is not as declared: {said}")
        self.breach = self.breach or said


def _open_paths(fields: Iterable[Field], above: str = "") -> Iterator[str]:
    """The paths of fields that are open themselves, as is all that they lie in."""
    for field in fields:
        if field.sensitivity is Sensitivity.OPEN:
            yield f"{above}{field.name}"
            yield from _open_paths(field.fields, f"{above}{field.name}.")


def _is_told_whole(field: Field, seen: Seen) -> bool:
    """Whether a reader is shown the field and all that it holds."""
    return is_shown(field, seen) and all(_is_told_whole(one, seen) for one in field.fields)


def _as_text(cell: Any) -> str:
    """Any cell as text."""
    try:
        return CONVERTERS[Type.TEXT](cell)
    except ValueError:
        return literal(repr(cell))[:1000]
