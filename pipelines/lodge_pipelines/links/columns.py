"""How a link is landed: its table's columns with types and comments. Values; pure.

| field               | column                                                         |
|---------------------|----------------------------------------------------------------|
| text                | varchar                                                        |
| integer             | bigint; one that needs more than 64 bits ends the load         |
| decimal             | decimal(38,9): 29 digits before the point, which may be summed |
|                     | and multiplied; further decimals are rounded, and it is said   |
| boolean, date       | boolean, date                                                  |
| instant             | timestamp, in UTC                                              |
| a list, a thing     | varchar, as JSON                                               |
| what is undeclared  | varchar `more`, as JSON, under the contract `evolve`           |
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lodge_platform.errors import SetUpError
from lodge_platform.links import LinkDescription, LinkField
from lodge_platform.links.landed import LAKE_TYPES, LOADED_AT_MEANING, MORE_MEANING
from lodge_platform.vocabulary import Sensitivity

LOADED_AT = "_loaded_at"
MORE = "more"
JSON = "json"
_LOADED_TERM = f"{LOADED_AT_MEANING} Unit: instant, UTC."
_MORE_TERM = f"{MORE_MEANING} Sensitivity: {Sensitivity.CONTENT.value}."
_LAKE_TYPES = {**LAKE_TYPES, JSON: "varchar"}


@dataclass(frozen=True)
class LinkColumn:
    """One column. `kind` is the field's type, `json` for a list or a thing."""

    name: str
    kind: str
    comment: str

    @property
    def lake_type(self) -> str:
        """DuckDB's name of the type."""
        return _LAKE_TYPES[self.kind]


@dataclass(frozen=True)
class LinkTable:
    """One link as it is landed; with a `cursor`, loads ask by `parameter` from its greatest on."""

    link: str
    version: str
    comment: str
    columns: tuple[LinkColumn, ...]
    key: tuple[str, ...]
    cursor: LinkColumn | None
    parameter: str | None

    @property
    def types(self) -> dict[str, str]:
        """Types of the columns in the reports store, by name."""
        return {column.name: column.lake_type for column in self.columns}


def grain_of(link: LinkDescription) -> str:
    """What one row of the link's table is."""
    return f"One row per {' and '.join(link.key)}: {link.term}"


def table_of(link: LinkDescription) -> LinkTable:
    """The table of a landed link. Raises SetUpError for one that no table can be made of."""
    columns = tuple(_columns(link))
    _refuse_alike(link.name, (LOADED_AT, *(column.name for column in columns)))
    plain = {column.name: column for column in columns if column.kind != JSON}
    for word, names in (("key", link.key), ("cursor", (link.cursor,) if link.cursor else ())):
        for name in names:
            if name not in plain:
                allowed = ", ".join(plain)
                raise SetUpError(
                    f"link {link.name}: land.{word}: {name!r} is no plain field; allowed: {allowed}"
                )
    if not link.key:
        raise SetUpError(f"link {link.name}: land.key names no field; allowed: {', '.join(plain)}")
    return LinkTable(
        link=link.name,
        version=link.version,
        comment=grain_of(link),
        columns=columns,
        key=link.key,
        cursor=plain[link.cursor] if link.cursor else None,
        parameter=link.cursor_parameter,
    )


def _columns(link: LinkDescription) -> Iterator[LinkColumn]:
    for field in link.fields:
        if field.sensitivity != Sensitivity.SECRET:  # never handed out, so never landed
            kind = JSON if field.is_list or field.fields else field.type
            yield LinkColumn(field.name, kind, _comment(field))
    if link.has_more:
        yield LinkColumn(MORE, JSON, _MORE_TERM)


def loaded_at_comment() -> str:
    """What the column of the load says."""
    return _LOADED_TERM


def _comment(field: LinkField) -> str:
    parts = [" ".join(field.term.split())]
    if field.type == "instant":
        parts.append("Unit: instant, UTC.")
    if field.is_list or field.fields:
        parts.append("As JSON.")
    if field.sensitivity != Sensitivity.OPEN:
        parts.append(f"Sensitivity: {field.sensitivity}.")
    return " ".join(parts)


def _refuse_alike(link: str, names: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other is not name:
            raise SetUpError(
                f"link {link}: SQL does not tell {name!r} from {other!r}; rename the field "
                "(its `from` may stay)"
            )
