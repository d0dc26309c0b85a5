"""What must hold of the whole configuration, whoever changes it and in whichever way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lodge_platform.configuring.comparing import Change
from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.configuring.places import FieldPlace, Place
from lodge_platform.configuring.rows import Rows
from lodge_platform.errors import ConflictError
from lodge_platform.identity.actions import Action
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Department, RoleAction, User, UserRole, UserRoleQueue

Places = Mapping[tuple[str, int], Place]


def _everything(_changes: Sequence[Change], _before: Rows, _after: Rows) -> None:
    """All of it."""


@dataclass(frozen=True)
class Asker:
    """Who asks for a change: whose departments' rows may be named, and what may be changed.

    `refuse(changes, before, after)` raises ForbiddenError for what this asker may not change.
    """

    departments: frozenset[int] | None = None
    refuse: Callable[[Sequence[Change], Rows, Rows], None] = _everything


OPERATOR = Asker()


def refuse_wrong(
    before: Rows,
    after: Rows,
    *,
    places: Places,
    changes: Sequence[Change],
    asker: Asker,
    lodge: Lodge,
) -> None:
    """Refuse a whole that cannot be, or that the asker may not make.

    `places` say where a row was named, by plural and key. Raises RefusedError, ForbiddenError.
    """
    asker.refuse(changes, before, after)
    for kind in after.kinds:
        for key in _concerned(kind, before, after, places):
            values = after.of(kind.row)[key]
            place = places.get((kind.plural, key)) or FieldPlace(
                subject=f"{kind.word} {kind.name_of(values)!r}"
            )
            if kind.fits is not None:
                kind.fits(values, place)
            if kind.refuse is not None:
                kind.refuse(after, values, place)
            if kind.refuse_outside is not None:
                kind.refuse_outside(lodge, values, place)
    _refuse_lock_out(before, after)


def _concerned(kind: ConfigurationKind, before: Rows, after: Rows, places: Places) -> list[int]:
    old, new = before.of(kind.row), after.of(kind.row)
    changed = {key for key, values in new.items() if old.get(key) != values}
    named = {key for plural, key in places if plural == kind.plural and key in new}
    return sorted(changed | named)


def _refuse_lock_out(before: Rows, after: Rows) -> None:
    if _people_managers(before) and not _people_managers(after):
        raise ConflictError(
            "after this nobody active could manage users any more; leave one such user active"
        )


def _people_managers(rows: Rows) -> bool:
    roles = {
        values["role_id"]
        for values in rows.of(RoleAction).values()
        if values["action"] == Action.USER_MANAGE.value
    }
    users, departments = rows.of(User), rows.of(Department)
    narrowed = {values["user_role_id"] for values in rows.of(UserRoleQueue).values()}
    return any(
        grant["role_id"] in roles
        and key not in narrowed
        and users[grant["user_id"]]["is_active"]
        and departments[grant["department_id"]]["is_active"]
        for key, grant in rows.of(UserRole).items()
    )
