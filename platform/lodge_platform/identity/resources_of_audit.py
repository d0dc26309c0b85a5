"""Who changed what, and who read, exported or queried what: for whoever may audit a department."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import ColumnElement, and_, func, or_, select

from lodge_platform.api import Answer, Api, Call, Collection, ObjectKey, Query
from lodge_platform.api.bodies import GREATEST_KEY
from lodge_platform.api.visibility import sees_everywhere
from lodge_platform.identity.actions import Action
from lodge_platform.identity.signed_in import SignedIn
from lodge_platform.schema.active import AccessRecord
from lodge_platform.schema.master import ConfigurationVersion, Department, User

api = Api("audit", "The past of the configuration, and of reads that had to be written down.")

_LINES = ConfigurationVersion.__table__.c
# Tables whose rows belong to no department: what roles and media are is everybody's.
_SHARED = ("roles", "role_actions", "media_routing_domains", "identity_providers")


def _changes_visible(reader: SignedIn, action: Action) -> ColumnElement[bool]:
    """Changes of rows of one's departments and of their users; all, who audits every department."""
    departments = sorted(reader.departments_with(action))
    users = select(User.user_id).where(User.department_id.in_(departments))
    others = select(Department.department_id).where(Department.department_id.not_in(departments))
    return or_(
        ~others.exists(),
        _said("department_id").in_(departments),
        and_(_said("department_id").is_(None), _said("user_id").in_(users)),
        and_(_LINES.table_name == "second_factors", _LINES.changed_row_id.in_(users)),
        _LINES.table_name.in_(_SHARED),
    )


def _said(name: str) -> ColumnElement[int | None]:
    """A key in the row's values after the change, or before it where it was deleted."""
    new, old = _LINES.new_values[name].as_integer(), _LINES.old_values[name].as_integer()
    return func.coalesce(new, old)


CHANGES = api.collection(
    Collection(
        name="audit/changes",
        one="change",
        table=ConfigurationVersion.__table__,
        action=Action.AUDIT_READ,
        visible=_changes_visible,
        filters=("table_name", "changed_row_id", "action", "changed_by", "changed_at"),
        sorts=("configuration_version_id", "changed_at"),
        is_master=True,
        description="Changes of the configuration, each with the values before and after.",
    )
)


class AccessQuery(Query, frozen=True):
    """Which records."""

    user_id: ObjectKey | None = None
    kind: Annotated[str, Meta(max_length=20, description="read, export or query.")] | None = None
    object_type: Annotated[str, Meta(max_length=100, description="What was read.")] | None = None
    since: Annotated[datetime, Meta(tz=True, description="Read then or later.")] | None = None
    before: Annotated[datetime, Meta(tz=True, description="Read earlier.")] | None = None
    after: Annotated[int, Meta(ge=0, le=GREATEST_KEY, description="Go on after this.")] | None = (
        None
    )
    limit: Annotated[int, Meta(ge=1, le=200, description="Records on the page.")] = 50


class Access(msgspec.Struct, kw_only=True):
    """One read, export or query that was written down."""

    access_record_id: int
    user_id: int | None
    api_key_id: int | None
    address: str | None
    kind: str
    object_type: str
    object_id: int | None
    detail: str | None
    row_count: int | None
    read_at: datetime


class AccessPage(msgspec.Struct, kw_only=True):
    """Records in order, oldest first; `after` of the next page, empty at the end."""

    items: list[Access]
    after: int | None


@api.get("/audit/access", action=Action.AUDIT_READ, query=AccessQuery, answer=AccessPage)
def list_access(call: Call) -> Answer:
    """List reads, exports and queries by users of the departments you audit."""
    asked: AccessQuery = call.query
    reader, record = call.reader, AccessRecord.__table__.c
    departments = sorted(reader.departments_with(Action.AUDIT_READ))
    with call.lodge.stores.master.read() as master:
        users = master.scalars(select(User.user_id).where(User.department_id.in_(departments)))
        wanted: list[ColumnElement[Any]] = [record.user_id.in_(users.all())]
    for column, value in (
        (record.user_id, asked.user_id),
        (record.kind, asked.kind),
        (record.object_type, asked.object_type),
    ):
        wanted += [] if value is None else [column == value]
    wanted += [] if asked.since is None else [record.read_at >= asked.since]
    wanted += [] if asked.before is None else [record.read_at < asked.before]
    wanted += [] if asked.after is None else [record.access_record_id > asked.after]
    statement = (
        select(*(record[name] for name in Access.__struct_fields__))
        .where(*wanted)
        .order_by(record.access_record_id)
        .limit(asked.limit + 1)
    )
    with call.lodge.stores.active.read() as active:
        rows = active.execute(statement).all()
    items = [_shown(reader, dict(row._mapping)) for row in rows[: asked.limit]]  # pyright: ignore[reportPrivateUsage]
    after = items[-1].access_record_id if len(rows) > asked.limit else None
    return call.value(AccessPage(items=items, after=after))


def _shown(reader: SignedIn, values: dict[str, Any]) -> Access:
    """Addresses and what was asked for are personal and content: each needs its right."""
    for name, needed in (("address", Action.PERSONAL_READ), ("detail", Action.CONTENT_READ)):
        if not sees_everywhere(reader, Action.AUDIT_READ, needed):
            values[name] = None
    return Access(**values)
