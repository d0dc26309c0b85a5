"""What a body of a configuration resource says, as columns: what it names is there to be named."""

from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy.orm import Session

from lodge_core.api.configuration_bodies import members_field
from lodge_core.api.configuration_rights import refuse_unknown
from lodge_platform.api import Call
from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.configuring.places import FieldPlace, Step
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.rows import Rows, read_rows
from lodge_platform.errors import RefusedError
from lodge_platform.schema.master import SkillGroupMember, UserRole


class BodyPlace(FieldPlace):
    """A field of a body, where references go by their keys' columns."""

    def __init__(self, kind: ConfigurationKind) -> None:
        super().__init__()
        self._names = {reference.field: reference.column for reference in kind.references}
        self._names |= {part.field: members_field(kind, part.field) for part in kind.parts}

    def at(self, *steps: Step) -> FieldPlace:
        """The field of the body."""
        return FieldPlace().at(*(self._names.get(str(step), step) for step in steps))


def said_in(
    call: Call, kind: ConfigurationKind, body: Any, session: Session
) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """The body as columns, and the keys of its list parts.

    Raises RefusedError naming the field of a key that is not there, or not to be named.
    """
    given = msgspec.structs.asdict(body)
    rows = rows_in(session)
    if kind.columns is not None:
        values = _of_document(call, kind, body, rows) if body.document is not UNSET else {}
        return values, {}
    members: dict[str, list[int]] = {}
    for part in kind.parts:
        keys = given.pop(members_field(kind, part.field), UNSET)
        if keys is not UNSET:
            members[part.field] = keys
            _refuse_strangers(call, rows, kind, part.field, keys)
    refuse_unknown(call, rows, kind, given)
    return given, members


def _of_document(call: Call, kind: ConfigurationKind, body: Any, rows: Rows) -> dict[str, Any]:
    """The columns that a document says; its department is one whose configuration one changes."""
    said = kind.said(document=body.document)  # pyright: ignore[reportCallIssue]
    place = FieldPlace("document")
    if kind.prepare is not None:
        said = kind.prepare(said, place, None)
    values = kind.columns_of(said)
    for reference in kind.references:
        name, other = values.pop(reference.field), rows.kinds[reference.kind]
        keys = [
            key
            for key, row in rows.of(other.row).items()
            if other.name_of(row) == name and key in call.reader.departments_with(kind.read_action)
        ]
        if not keys:
            raise place.refusal(f"there is no {other.word} {name!r} that you may see")
        call.require(kind.write_action, keys[0])
        values[reference.column] = keys[0]
    return values


def _refuse_strangers(
    call: Call, rows: Rows, kind: ConfigurationKind, field: str, keys: list[int]
) -> None:
    """Members are users who have a role in a department of the reader's, or are members now."""
    departments = call.reader.departments_with(kind.write_action)
    known = {
        grant["user_id"]
        for grant in rows.of(UserRole).values()
        if grant["department_id"] in departments
    }
    present = {one["user_id"] for one in rows.of(SkillGroupMember).values()}
    for number, key in enumerate(keys):
        if key not in known and not (key in present and _is_member(call, rows, kind, key)):
            raise RefusedError(
                "there is no such user", field=f"{members_field(kind, field)}[{number}]"
            )


def _is_member(call: Call, rows: Rows, kind: ConfigurationKind, user_id: int) -> bool:
    group = call.keys.get(kind.key_column)
    members = rows.related(SkillGroupMember, "skill_group_id", group) if group else []
    return any(one["user_id"] == user_id for one in members)


def rows_in(session: Session) -> Rows:
    """The configuration as it is in the open transaction."""
    return read_rows(session.connection(), configuration_kinds())
