"""Names to keys: what is referred to by name, found in master and in what was made on the way."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.configuring.places import Place
from lodge_platform.configuring.registry import Kinds
from lodge_platform.errors import nearest

_MOST_NAMED = 20


class Keys:
    """The keys of rows by kind and name; each kind is read when first asked for.

    With `departments`, rows of others are not known: they are told like those that are not there.
    """

    def __init__(
        self, session: Session, kinds: Kinds, *, departments: Collection[int] | None = None
    ) -> None:
        self._session = session
        self._kinds = kinds
        self._departments = departments
        self._by_kind: dict[str, dict[str, int]] = {}
        self._folded: dict[str, dict[str, str]] = {}

    def known(self, plural: str) -> dict[str, int]:
        """Every name of that kind with its key."""
        if plural not in self._by_kind:
            self._by_kind[plural] = self._read(self._kinds[plural])
        return self._by_kind[plural]

    def add(self, plural: str, name: str, key: int) -> None:
        """Note a row that was made or renamed."""
        self.known(plural)[name] = key
        if plural in self._folded:
            self._folded[plural][name.casefold()] = name

    def lookalike(self, plural: str, name: str, *, key: int | None) -> str | None:
        """The name of another row than that with `key`, the same but for large and small."""
        known = self.known(plural)
        if known.get(name) is not None and known[name] == key:
            return None
        if plural not in self._folded:
            self._folded[plural] = {one.casefold(): one for one in known}
        other = self._folded[plural].get(name.casefold())
        return None if other is None or known[other] == key else other

    def find(self, plural: str, name: str, place: Place) -> int:
        """The key of the row called `name`. Raises RefusedError naming those there are."""
        kind, known = self._kinds[plural], self.known(plural)
        wanted = kind.normal(name)
        if wanted not in known:
            is_few = len(known) <= _MOST_NAMED
            hint = nearest(wanted, known) if known else "there is none yet"
            if not is_few and not hint.startswith("did you"):
                hint = f"none of the {len(known)} there are is like it"
            allowed = sorted(known) if is_few else ()
            raise place.refusal(f"there is no {kind.word} {name!r}; {hint}", allowed=allowed)
        return known[wanted]

    def _read(self, kind: ConfigurationKind) -> dict[str, int]:
        table = kind.table
        query = select(table.c[kind.key_column], *(table.c[name] for name in kind.name_columns))
        if self._departments is not None and "department_id" in table.c:
            query = query.where(table.c.department_id.in_(self._departments))
        rows: Any = self._session.execute(query).mappings()
        found: Iterable[Any] = rows
        return {kind.name_of(values): values[kind.key_column] for values in found}
