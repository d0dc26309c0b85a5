"""The rights somebody holds, read with who they are in one query; narrowed where that is said."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict

from sqlalchemy import FromClause, Row, Select, select

from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import HeldRole, SignedIn
from lodge_platform.schema.master import (
    Department,
    Role,
    RoleAction,
    User,
    UserRole,
    UserRoleQueue,
)

_WORDS = {action.value: action for action in Action}


class RightsHeld(TypedDict):
    """The fields of `SignedIn` that say what is allowed where, and by which roles."""

    rights: dict[int, frozenset[Action]]
    queue_rights: dict[int, frozenset[Action]]
    queue_departments: dict[int, int]
    roles: frozenset[HeldRole]


def select_with_rights(proof: FromClause, *columns: Any) -> Select[*tuple[Any, ...]]:
    """A row for each right of the active user whom a row of `proof` names by its `user_id`.

    `columns` are further ones to read. A department that is closed gives no rights.
    """
    return (
        select(
            *columns,
            User.user_id,
            User.sign_in_name,
            User.display_name,
            User.department_id,
            Department.department_id.label("right_department_id"),
            Department.name.label("right_department"),
            Role.name.label("right_role"),
            UserRoleQueue.queue_id.label("right_queue_id"),
            RoleAction.action,
        )
        .select_from(proof)
        .join(User, User.user_id == proof.c.user_id)
        .outerjoin(UserRole, UserRole.user_id == User.user_id)
        .outerjoin(
            Department,
            (Department.department_id == UserRole.department_id) & Department.is_active,
        )
        .outerjoin(UserRoleQueue, UserRoleQueue.user_role_id == UserRole.user_role_id)
        .outerjoin(Role, Role.role_id == UserRole.role_id)
        .outerjoin(RoleAction, RoleAction.role_id == UserRole.role_id)
        .where(User.is_active)
    )


def rights_in(rows: Iterable[Row[*tuple[Any, ...]]]) -> RightsHeld:
    """Rights out of rows with `right_department_id`, `right_queue_id` and `action`; roles too where
    the rows name them."""
    kept = list(rows)
    whole = [row for row in kept if row.right_queue_id is None]
    narrowed = [row for row in kept if row.right_queue_id and row.right_department_id]
    return RightsHeld(
        rights=rights_from((row.right_department_id, row.action) for row in whole),
        queue_rights=rights_from((row.right_queue_id, row.action) for row in narrowed),
        queue_departments={row.right_queue_id: row.right_department_id for row in narrowed},
        roles=frozenset(
            HeldRole(row.right_role, row.right_department_id, row.right_department)
            for row in kept
            if getattr(row, "right_role", None) and row.right_department_id
        ),
    )


def rights_from(pairs: Iterable[tuple[int | None, str | None]]) -> dict[int, frozenset[Action]]:
    """Rights out of (department, action) pairs; a word that is no action of ours allows nothing."""
    rights: dict[int, frozenset[Action]] = {}
    for department_id, word in pairs:
        if department_id is not None and word in _WORDS:
            held = rights.get(department_id, frozenset())
            rights[department_id] = held | {_WORDS[word]}
    return rights


def held_by(reader: SignedIn) -> RightsHeld:
    """What `reader` may do where, to be narrowed or compared."""
    return RightsHeld(
        rights=dict(reader.rights),
        queue_rights=dict(reader.queue_rights),
        queue_departments=dict(reader.queue_departments),
        roles=reader.roles,
    )


def narrowed(
    held: RightsHeld, actions: Collection[Action], departments: Collection[int] | None = None
) -> RightsHeld:
    """What is left of `held` when only these actions count, in these departments where given."""

    def there(department_id: int) -> bool:
        return departments is None or department_id in departments

    queues = {queue: of for queue, of in held["queue_departments"].items() if there(of)}
    return RightsHeld(
        rights=_only(held["rights"], actions, filter(there, held["rights"])),
        queue_rights=_only(held["queue_rights"], actions, queues),
        queue_departments=queues,
        roles=frozenset(role for role in held["roles"] if there(role.department_id)),
    )


def without(held: RightsHeld, actions: Collection[Action]) -> RightsHeld:
    """What is left of `held` when these actions do not count."""
    return narrowed(held, frozenset(Action) - frozenset(actions))


def covers(reader: SignedIn, held: RightsHeld) -> bool:
    """Whether `reader` may do everything, everywhere, that `held` allows."""
    return all(
        actions <= reader.rights.get(department, frozenset())
        for department, actions in held["rights"].items()
    ) and all(
        actions
        <= reader.rights.get(held["queue_departments"][queue], frozenset())
        | reader.queue_rights.get(queue, frozenset())
        for queue, actions in held["queue_rights"].items()
    )


def _only(
    rights: Mapping[int, frozenset[Action]], actions: Collection[Action], keys: Iterable[int]
) -> dict[int, frozenset[Action]]:
    kept = {key: rights.get(key, frozenset()) & frozenset(actions) for key in keys}
    return {key: left for key, left in kept.items() if left}
