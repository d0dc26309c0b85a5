"""Who may change which part of the configuration by the API, and name which rows in it.

A row of a department needs the kind's action in that department. What the whole house shares needs
it in every active department. Nobody gives a right, or an account, that is more than their own.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, true

from lodge_core.configuring.effects.people import rights
from lodge_platform.api import Call
from lodge_platform.api.visibility import Visible, by_department
from lodge_platform.configuring.comparing import Change
from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.configuring.rows import Rows
from lodge_platform.configuring.rules import Asker
from lodge_platform.errors import ForbiddenError, RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.master import Alias, Department, User, UserRole, Webhook
from lodge_platform.vocabulary import SourceKind

_DEPARTMENTS = Department.__table__
# What people may do, and who they are: only for those who manage users everywhere.
PEOPLE = ("users", "roles")
# Shared by all, and nobody's secret: shown to whoever sees the configuration of some department.
_SHOWN_TO_ALL = ("media_routing_domains", "custom_attributes")


def asker_of(reader: SignedIn) -> Asker:
    """The reader, as plans, applies and rollbacks know who asks."""

    def refuse(changes: Sequence[Change], before: Rows, after: Rows) -> None:
        for change in changes:
            _refuse_change(reader, change, before)
        _refuse_more_rights(reader, changes, before, after)
        _refuse_folders(before, after)

    return Asker(reader.departments_with(Action.CONFIGURATION_READ), refuse)


def visible_rows(kind: ConfigurationKind) -> Visible:
    """The rows of a kind that a reader sees by the API."""
    if kind.plural == "departments":
        return lambda reader, action: _DEPARTMENTS.c.department_id.in_(
            sorted(reader.departments_near(action))
        )
    if not kind.is_house_wide:
        return by_department(kind.table)
    return _to_all if kind.plural in _SHOWN_TO_ALL else _in_every_department


def sees(
    reader: SignedIn, kind: ConfigurationKind, values: Any, departments: Iterable[int]
) -> bool:
    """Whether an export shows the reader that row; `departments` are the active ones."""
    held = reader.departments_with(kind.read_action)
    if kind.plural == "departments":
        return values["department_id"] in held
    if kind.plural in PEOPLE or (kind.is_house_wide and kind.plural not in _SHOWN_TO_ALL):
        needed = Action.USER_MANAGE if kind.plural in PEOPLE else kind.read_action
        return set(departments) <= reader.departments_with(needed)
    return bool(held) if kind.is_house_wide else values["department_id"] in held


def require_in_all(reader: SignedIn, action: Action, departments: Iterable[int]) -> None:
    """Raise ForbiddenError unless the reader may do that in every one of these departments."""
    if not set(departments) <= reader.departments_with(action):
        raise ForbiddenError(f"you lack the right {action.value} in every department")


def active_departments(rows: Rows) -> set[int]:
    """Keys of the departments that are open."""
    return {key for key, values in rows.of(Department).items() if values["is_active"]}


def refuse_unknown(call: Call, rows: Rows, kind: ConfigurationKind, values: dict[str, Any]) -> None:
    """Refuse keys of rows that are not there or not to be named; the answer is the same."""
    reader = call.reader
    for reference in kind.references:
        key = values.get(reference.column)
        if not isinstance(key, int):
            continue
        other = rows.kinds[reference.kind]
        row = rows.of(other.row).get(key)
        if row is None or not _may_name(reader, other, row):
            raise RefusedError(f"there is no such {other.word}", field=reference.column)
        if "department_id" in row:
            reader.require(kind.write_action, row["department_id"])


def _may_name(reader: SignedIn, kind: ConfigurationKind, row: Any) -> bool:
    if "department_id" not in row:
        return True
    return row["department_id"] in reader.departments_with(Action.CONFIGURATION_READ)


def _refuse_change(reader: SignedIn, change: Change, before: Rows) -> None:
    kind = before.kinds[change.plural]
    everywhere = kind.is_house_wide or kind.plural in (*PEOPLE, "departments")
    if everywhere:
        require_in_all(reader, kind.write_action, active_departments(before))
        return
    new = set(change.department_ids) - before.of(Department).keys()
    if new:  # made in the same change, which needed the right everywhere
        require_in_all(reader, kind.write_action, active_departments(before))
    for department_id in set(change.department_ids) - new:
        reader.require(kind.write_action, department_id)


def _refuse_more_rights(
    reader: SignedIn, changes: Sequence[Change], before: Rows, after: Rows
) -> None:
    """Whose rights or account changes, or webhook asks, may nothing that the reader may not."""
    names = {change.name.split(":")[0] for change in changes if change.plural == "users"}
    concerned = {
        key
        for rows in (before, after)
        for key, values in rows.of(User).items()
        if values["sign_in_name"] in names
    }
    if any(change.plural == "roles" for change in changes):
        concerned |= {grant["user_id"] for grant in before.of(UserRole).values()}
    concerned |= {
        values["user_id"]
        for key, values in after.of(Webhook).items()
        if before.of(Webhook).get(key) != values
    }
    old_departments = before.of(Department).keys()
    for user_id in concerned:
        for rows in (before, after):
            for department_id, queue_id, action in rights(rows, user_id):
                if department_id in old_departments and not _holds(
                    reader, action, department_id, queue_id
                ):
                    raise ForbiddenError(
                        f"this concerns somebody who may {action} where you may not"
                    )


def _holds(reader: SignedIn, action: str, department_id: int, queue_id: int | None) -> bool:
    words = {known.value for known in Action}
    return action not in words or reader.may(Action(action), department_id, queue_id)


def _refuse_folders(before: Rows, after: Rows) -> None:
    """A Maildir is a folder of this machine: only its operator says which."""
    for key, values in after.of(Alias).items():
        old = before.of(Alias).get(key) or {}
        is_same = all(old.get(one) == values[one] for one in ("source_kind", "source_host"))
        if values["source_kind"] == SourceKind.MAILDIR and not is_same:
            raise RefusedError(
                "a Maildir is a folder of the machine that Lodge runs on; its operator names it "
                "by `lodge config apply`",
                field="source_kind",
                allowed=[SourceKind.IMAP.value],
            )


def _to_all(_reader: SignedIn, _action: Action) -> ColumnElement[bool]:
    return true()


def _in_every_department(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    held = sorted(reader.departments_with(action))
    other = exists().where(_DEPARTMENTS.c.is_active, _DEPARTMENTS.c.department_id.not_in(held))
    return ~other
