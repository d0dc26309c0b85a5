"""The kinds of configuration there are: those that the rooms bring by entry point."""

from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points

from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.errors import MistakeError, SetUpError
from lodge_platform.schema.base import MasterBase

GROUP = "lodge.configuration"


class Kinds:
    """Every kind, in the order in which rows are made: what is referred to comes first."""

    def __init__(self, kinds: list[ConfigurationKind]) -> None:
        self._by_plural = {kind.plural: kind for kind in sorted(kinds, key=lambda k: k.order)}
        seen: set[str] = set()
        for kind in self:
            seen.add(kind.plural)
            for reference in kind.references:
                if reference.kind not in seen:
                    raise MistakeError(
                        f"configuration kind {kind.plural} refers to {reference.kind}, "
                        "which does not come before it"
                    )

    def __iter__(self) -> Iterator[ConfigurationKind]:
        return iter(self._by_plural.values())

    def __getitem__(self, plural: str) -> ConfigurationKind:
        return self._by_plural[plural]

    def plurals(self) -> list[str]:
        """The keys of a configuration file, in order."""
        return list(self._by_plural)

    def tables(self) -> list[type[MasterBase]]:
        """Every table that a kind's rows and their parts are in, owners before parts."""
        rows: dict[type[MasterBase], None] = {kind.row: None for kind in self}
        rows |= {row: None for kind in self for part in kind.parts for row in part.rows}
        return list(rows)

    def part_tables(self) -> list[type[MasterBase]]:
        """The tables of parts alone, owners before what hangs on them."""
        owners = {kind.row for kind in self}
        return [row for row in self.tables() if row not in owners]


@cache
def configuration_kinds() -> Kinds:
    """Every kind there is. Raises SetUpError naming an entry point that fails."""
    found: list[ConfigurationKind] = []
    for entry in entry_points(group=GROUP):
        try:
            kind = entry.load()
        except (ImportError, AttributeError) as error:
            raise SetUpError(
                f"entry point {GROUP} {entry.name} = {entry.value} cannot be loaded: {error}"
            ) from error
        if not isinstance(kind, ConfigurationKind) or kind.plural != entry.name:
            raise MistakeError(
                f"entry point {GROUP} {entry.name} = {entry.value} is no ConfigurationKind of "
                "that name"
            )
        found.append(kind)
    return Kinds(found)
