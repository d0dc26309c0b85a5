"""The resources that follow from the kinds of configuration: one collection a kind, its changes.

A change obeys the rules that files obey; what is refused names the field.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import JSON, select, true
from sqlalchemy.orm import Session

from lodge_core.api.configuration_bodies import changed_body, whole_body
from lodge_core.api.configuration_rights import (
    active_departments,
    asker_of,
    require_in_all,
    visible_rows,
)
from lodge_core.api.configuration_said import BodyPlace, rows_in, said_in
from lodge_platform.api import Answer, Api, Call, Collection, Query, refuse_stale
from lodge_platform.configuration import ConfigurationSession
from lodge_platform.configuring.history import versions_of
from lodge_platform.configuring.kind import ConfigurationKind
from lodge_platform.configuring.one import change_one, delete_one, lock_row, with_defaults
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.errors import MistakeError
from lodge_platform.schema.master import SkillGroupMember, UserRole, UserRoleQueue
from lodge_platform.schema.terms import term_of
from lodge_platform.vocabulary import Sensitivity

api = Api(
    "configuration",
    "What configures the house: each kind alone, and all of it as one document.",
)


class VersionsAsked(Query, frozen=True):
    """How many versions."""

    most: Annotated[int, Meta(ge=1, le=1000, description="How many, the newest.")] = 100


class RowVersion(msgspec.Struct, kw_only=True):
    """One version of a row; `configuration_version` is that of the whole right after it."""

    configuration_version: int
    version_no: int
    action: str
    changed_at: str
    changed_by: str
    old_values: dict[str, Any]
    new_values: dict[str, Any]


class RowVersions(msgspec.Struct, kw_only=True):
    """The versions of a row, newest first."""

    items: list[RowVersion]


def declare(kind: ConfigurationKind) -> Collection:
    """The collection of a kind with everything that can be done to its rows."""
    collection = api.collection(_collection(kind))
    one, one_path = kind.word.replace(" ", "_"), collection.item_path
    whole, changed = whole_body(kind), changed_body(kind)
    declared: dict[str, Any] = {
        "action": kind.write_action,
        "writes": "master",
        "refusals": ("conflict",),
    }
    article = "an" if kind.word[0] in "aeiou" else "a"
    api.post(collection.path, body=whole, answer=collection, status=201, **declared)(
        _named(_create(kind, collection), f"create_{one}", f"Make {article} {kind.word}.")
    )
    replace_said = f"Replace the whole {kind.word}; a field that is left out gets its default."
    api.put(one_path, body=whole, answer=collection, **declared)(
        _named(_change(kind, collection, is_whole=True), f"replace_{one}", replace_said)
    )
    api.patch(one_path, body=changed, answer=collection, **declared)(
        _named(
            _change(kind, collection, is_whole=False),
            f"change_{one}",
            f"Change {article} {kind.word}.",
        )
    )
    delete_said = f"Delete {article} {kind.word} that nothing refers to.\n\n" + (
        "One that is in use is switched off by a change of `is_active` instead."
        if kind.off()
        else "One that is in use stays."
    )
    api.delete(one_path, **declared)(
        _named(_delete(kind, collection), f"delete_{one}", delete_said)
    )
    api.get(
        f"{one_path}/versions",
        action=kind.read_action,
        query=VersionsAsked,
        answer=RowVersions,
    )(
        _named(
            _versions(kind, collection),
            f"list_{one}_versions",
            f"The past of {article} {kind.word}.",
        )
    )
    return collection


def _collection(kind: ConfigurationKind) -> Collection:
    columns = kind.table.columns
    plain = [
        column.name
        for column in columns
        if not isinstance(column.type, JSON)
        and (term := term_of(column)) is not None
        and term.sensitivity is Sensitivity.OPEN
        and column.name not in ("change_no", "version_no", "document")
    ]
    return Collection(
        name=kind.path,
        one=kind.word.replace(" ", "-"),
        table=kind.table,
        action=kind.read_action,
        visible=visible_rows(kind),
        filters=tuple(plain),
        sorts=(kind.key_column, kind.name_columns[-1]),
        is_master=True,
    )


def _create(kind: ConfigurationKind, collection: Collection) -> Callable[..., Answer]:
    def handler(call: Call, body: Any, session: Session) -> Answer:
        values, members = said_in(call, kind, body, session)
        key = _bring(call, kind, with_defaults(kind, values), members, session, key=None)
        if kind.plural == "departments":
            _enter(call, session, key)
        return call.created(collection, key)

    return handler


def _change(
    kind: ConfigurationKind, collection: Collection, *, is_whole: bool
) -> Callable[..., Answer]:
    def handler(call: Call, body: Any, session: Session) -> Answer:
        key = _locked(call, kind, collection, session)
        values, members = said_in(call, kind, body, session)
        if is_whole:
            values = with_defaults(kind, values)
        _bring(call, kind, values, members, session, key=key)
        return call.one(collection, key)

    return handler


def _delete(kind: ConfigurationKind, collection: Collection) -> Callable[..., Answer]:
    def handler(call: Call, session: Session) -> Answer:
        key = _locked(call, kind, collection, session)
        delete_one(_master(session), call.lodge, kind, key, asker=asker_of(call.reader))
        return call.nothing()

    return handler


def _versions(kind: ConfigurationKind, collection: Collection) -> Callable[..., Answer]:
    def handler(call: Call) -> Answer:
        key = call.key(kind.key_column)
        call.visible(collection, key)
        with call.lodge.stores.master.read() as master:
            lines = versions_of(
                master, configuration_kinds(), kind.plural, key=key, most=call.query.most
            )
        return call.value(
            RowVersions(
                items=[
                    RowVersion(
                        configuration_version=line.version,
                        version_no=line.version_no,
                        action=line.action,
                        changed_at=line.changed_at.isoformat().replace("+00:00", "Z"),
                        changed_by=line.changed_by,
                        old_values=line.old_values,
                        new_values=line.new_values,
                    )
                    for line in lines
                ]
            )
        )

    return handler


def _locked(call: Call, kind: ConfigurationKind, collection: Collection, session: Session) -> int:
    """The key in the path, of a row that the reader sees, may change, and knows as it is."""
    key = call.key(kind.key_column)
    row = call.visible(collection, key)
    if kind.is_house_wide or kind.plural == "departments":
        rows = rows_in(session)
        require_in_all(call.reader, kind.write_action, active_departments(rows))
    else:
        call.require(kind.write_action, row._mapping["department_id"])  # pyright: ignore[reportPrivateUsage]
    refuse_stale(lock_row(_master(session), kind, key), call.match)
    return key


def _bring(
    call: Call,
    kind: ConfigurationKind,
    values: dict[str, Any],
    members: dict[str, list[int]],
    session: Session,
    *,
    key: int | None,
) -> int:
    return change_one(
        _master(session),
        call.lodge,
        kind,
        values,
        key=key,
        place=BodyPlace(kind),
        now=call.now,
        asker=asker_of(call.reader),
        members=members,
    )


def _enter(call: Call, session: Session, department_id: int) -> None:
    """Whoever makes a department has there the roles they have in their own."""
    reader = call.reader
    own = select(UserRole).where(
        UserRole.user_id == reader.user_id,
        UserRole.department_id == reader.department_id,
        UserRole.user_role_id.not_in(select(UserRoleQueue.user_role_id)),
    )
    for grant in list(session.scalars(own)):
        session.add(
            UserRole(user_id=reader.user_id, role_id=grant.role_id, department_id=department_id)
        )
    held = reader.rights.get(reader.department_id, frozenset())
    call.reader = replace(reader, rights={**reader.rights, department_id: held})


def _master(session: Session) -> ConfigurationSession:
    if not isinstance(session, ConfigurationSession):
        raise MistakeError("this operation writes to master")
    return session


def _named(handler: Callable[..., Answer], name: str, said: str) -> Callable[..., Answer]:
    handler.__name__, handler.__doc__ = name, said
    return handler


COLLECTIONS = {kind.plural: declare(kind) for kind in configuration_kinds() if kind.has_resource}
api.collection(
    Collection(
        name="members",
        one="member",
        table=SkillGroupMember.__table__,
        action=COLLECTIONS["skill_groups"].action,
        visible=lambda _reader, _action: true(),
        filters=("user_id",),
        sorts=("skill_group_member_id",),
        under=COLLECTIONS["skill_groups"],
        is_master=True,
        description="Agents who are in the group.",
    ),
    is_item=False,
)
