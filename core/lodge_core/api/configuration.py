"""The whole configuration as one document: read, planned, applied, undone."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.orm import Session

from lodge_core.api.configuration_rights import active_departments, asker_of, sees
from lodge_core.configuring.requeueing import requeue_waiting
from lodge_platform.api import Answer, Api, Body, Call, Query
from lodge_platform.configuration import ConfigurationSession, version_in_force
from lodge_platform.configuring.applying import Applied, Plan, apply_in, plan
from lodge_platform.configuring.comparing import Change
from lodge_platform.configuring.exporting import as_yaml, configuration_of_rows
from lodge_platform.configuring.reading import ConfigurationFile, read_configuration
from lodge_platform.configuring.registry import configuration_kinds
from lodge_platform.configuring.rows import read_rows
from lodge_platform.configuring.undoing import bring_back_in, plan_rollback
from lodge_platform.errors import MistakeError, RefusedError
from lodge_platform.identity.actions import Action

api = Api("configuration as a document", "All of the configuration at once, as files hold it.")
_READ, _WRITE = Action.CONFIGURATION_READ, Action.CONFIGURATION_WRITE
_MOST = 2_000_000

Version = Annotated[int, Meta(ge=0, le=2**63 - 1, description="A configuration version.")]
Document = Annotated[
    str,
    Meta(min_length=1, max_length=_MOST, description="What to apply: YAML or JSON, as exported."),
]


class ExportAsked(Query, frozen=True):
    """The form of the document."""

    form: Annotated[Literal["yaml", "json"], Meta(description="yaml or json.")] = "yaml"


class Exported(msgspec.Struct, kw_only=True):
    """The configuration as far as the asker sees it, and its version."""

    configuration_version: int
    document: Annotated[str, Meta(description="The document, to be planned or applied again.")]


class PlanAsked(Body, frozen=True):
    """A document to be compared with what is in force."""

    document: Document
    prune: Annotated[bool, Meta(description="Whether rows it does not name go.")] = False


class ApplyAsked(Body, frozen=True):
    """A document to bring the configuration to."""

    document: Document
    prune: Annotated[bool, Meta(description="Whether rows it does not name go.")] = False
    expect: Annotated[Version, Meta(description="Version the plan was made on.")] | UnsetType = (
        UNSET
    )


class RollbackPlanAsked(Body, frozen=True):
    """The version whose configuration one may want again."""

    version: Version


class RollbackAsked(Body, frozen=True):
    """The version whose configuration is wanted again."""

    version: Version
    expect: Annotated[Version, Meta(description="Version the plan was made on.")] | UnsetType = (
        UNSET
    )


class ColumnChanged(msgspec.Struct, kw_only=True):
    """A value before and after, as text."""

    name: str
    old: str
    new: str


class RowChanged(msgspec.Struct, kw_only=True):
    """One row that is made, changed, removed, or kept though it should go."""

    action: Literal["made", "changed", "removed", "kept"]
    kind: str
    name: str
    columns: list[ColumnChanged]
    notes: list[str]


class LiveEffect(msgspec.Struct, kw_only=True):
    """What live work would see of the change."""

    code: str
    kind: str
    name: str
    sentence: str
    figures: dict[str, Any]


class ConfigurationChange(msgspec.Struct, kw_only=True):
    """What is changed, on which version, and what live work sees of it where that was asked."""

    configuration_version: int
    changes: list[RowChanged]
    effects: list[LiveEffect]


class Requeued(msgspec.Struct, kw_only=True):
    """How many waiting activities went to another queue."""

    requeued: int


@api.get("/configuration", action=_READ, query=ExportAsked, answer=Exported, is_audited="export")
def export_configuration(call: Call) -> Answer:
    """Export the configuration as one document.

    Rows of departments whose configuration you see. What the whole house shares, and people, are
    in it for those who see that everywhere. Secrets are named, never said.
    """
    with call.lodge.stores.master.read() as master:
        rows, version = read_rows(master, configuration_kinds()), version_in_force(master)
    departments = active_departments(rows)
    said = configuration_of_rows(
        rows, is_wanted=lambda kind, values: sees(call.reader, kind, values, departments)
    )
    seen = {plural: entries for plural, entries in said.items() if entries}
    is_json = call.query.form == "json"
    document = msgspec.json.encode(seen).decode() if is_json else as_yaml(seen)
    return call.value(Exported(configuration_version=version, document=document))


@api.post(
    "/configuration/plan",
    action=_WRITE,
    body=PlanAsked,
    answer=ConfigurationChange,
    writes=None,
)
def plan_configuration(call: Call, body: PlanAsked) -> Answer:
    """Say what applying a document would change, and do to live work. Nothing is changed."""
    planned = plan(
        call.lodge,
        _read(body.document),
        now=call.now,
        is_pruning=body.prune,
        asker=asker_of(call.reader),
    )
    return call.value(_planned(planned))


@api.post(
    "/configuration/apply",
    action=_WRITE,
    body=ApplyAsked,
    answer=ConfigurationChange,
    writes="master",
    refusals=("stale",),
)
def apply_configuration(call: Call, body: ApplyAsked, session: Session) -> Answer:
    """Bring the configuration to a document, all of it or nothing.

    With `expect`, 412 when the configuration is at another version than the plan was made on.
    Waiting activities stay where they are until they are requeued.
    """
    applied = apply_in(
        _master(session),
        call.lodge,
        _read(body.document),
        now=call.now,
        expect=None if body.expect is UNSET else body.expect,
        is_pruning=body.prune,
        asker=asker_of(call.reader),
    )
    return call.value(_applied(applied))


@api.post(
    "/configuration/rollback",
    action=_WRITE,
    body=RollbackAsked,
    answer=ConfigurationChange,
    writes="master",
    refusals=("stale",),
)
def roll_configuration_back(call: Call, body: RollbackAsked, session: Session) -> Answer:
    """Bring every row back to what it was right after a version, as new versions.

    It needs the rights to all that it changes; secrets stay as they are now.
    """
    applied = bring_back_in(
        _master(session),
        call.lodge,
        body.version,
        expect=None if body.expect is UNSET else body.expect,
        asker=asker_of(call.reader),
    )
    return call.value(_applied(applied))


@api.post(
    "/configuration/rollback/plan",
    action=_WRITE,
    body=RollbackPlanAsked,
    answer=ConfigurationChange,
    writes=None,
)
def plan_configuration_rollback(call: Call, body: RollbackPlanAsked) -> Answer:
    """Say what a rollback would change, and do to live work. Nothing is changed."""
    asker = asker_of(call.reader)
    return call.value(_planned(plan_rollback(call.lodge, body.version, now=call.now, asker=asker)))


@api.post(
    "/configuration/requeue",
    action=_WRITE,
    answer=Requeued,
    writes=None,
)
def requeue_by_configuration(call: Call) -> Answer:
    """Move waiting activities to where the workflows in force place them now.

    In the departments whose configuration you change. What people put somewhere stays.
    """
    departments = call.reader.departments_with(_WRITE)
    moved = requeue_waiting(call.lodge, now=call.now, departments=departments)
    return call.value(Requeued(requeued=moved))


def _read(document: str) -> ConfigurationFile:
    try:
        return read_configuration(document, "document", folder=None)
    except RefusedError as error:
        raise RefusedError(str(error), field="document", allowed=error.allowed) from error


def _planned(planned: Plan) -> ConfigurationChange:
    return ConfigurationChange(
        configuration_version=planned.version,
        changes=[_changed(change) for change in planned.changes],
        effects=[
            LiveEffect(
                code=effect.code,
                kind=effect.kind,
                name=effect.name,
                sentence=effect.sentence,
                figures=effect.figures,
            )
            for effect in planned.effects
        ],
    )


def _applied(applied: Applied) -> ConfigurationChange:
    return ConfigurationChange(
        configuration_version=applied.version,
        changes=[_changed(change) for change in applied.changes],
        effects=[],
    )


def _changed(change: Change) -> RowChanged:
    return RowChanged(
        action=change.action,
        kind=change.kind,
        name=change.name,
        columns=[ColumnChanged(name=one.name, old=one.old, new=one.new) for one in change.columns],
        notes=list(change.notes),
    )


def _master(session: Session) -> ConfigurationSession:
    if not isinstance(session, ConfigurationSession):
        raise MistakeError("this operation writes to master")
    return session
