"""The workflows in force, read from master and kept until the configuration changes."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import Connection, Engine, select

from lodge_core.routing.configuration import ConfigurationStamp, configuration_stamp
from lodge_core.workflows.language import Workflow, WorkflowKind
from lodge_core.workflows.link_checks import fields_wanted
from lodge_core.workflows.reading import read_workflow
from lodge_platform.errors import RefusedError
from lodge_platform.schema import master
from lodge_platform.stores import Store


class WorkflowInForce(msgspec.Struct, frozen=True):
    """A workflow with its key; `fault` says why it cannot run, and `workflow` is None then."""

    workflow_id: int
    name: str
    workflow: Workflow | None
    fault: str | None = None


class Workflows(msgspec.Struct, frozen=True):
    """The active inbound workflows of each department in order, every alias' address, and the
    links that any of the workflows asks, with the fields they look at."""

    stamp: ConfigurationStamp
    by_department: Mapping[int, tuple[WorkflowInForce, ...]]
    alias_addresses: Mapping[int, str]
    link_fields: Mapping[str, frozenset[str]]


_read: WeakKeyDictionary[Engine, Workflows] = WeakKeyDictionary()


def workflows_in_force(store: Store) -> Workflows:
    """What is in force; master is read again only when its version has changed."""
    with store.read() as connection:
        stamp = configuration_stamp(connection)
        known = _read.get(store.engine)
        if known is None or known.stamp != stamp:
            known = _workflows(connection, stamp)
            _read[store.engine] = known
    return known


def _workflows(connection: Connection, stamp: ConfigurationStamp) -> Workflows:
    rows, aliases = master.Workflow.__table__.c, master.Alias.__table__.c
    by_department: dict[int, list[WorkflowInForce]] = {}
    for row in connection.execute(
        select(rows.workflow_id, rows.department_id, rows.name, rows.document)
        .where(rows.is_active, rows.kind == WorkflowKind.INBOUND.value)
        .order_by(rows.position, rows.workflow_id)
    ):
        read = read_one(row.workflow_id, row.name, row.document)
        by_department.setdefault(row.department_id, []).append(read)
    workflows = [one.workflow for found in by_department.values() for one in found]
    return Workflows(
        stamp=stamp,
        link_fields=fields_wanted([one for one in workflows if one is not None]),
        by_department={key: tuple(found) for key, found in by_department.items()},
        alias_addresses={
            row.alias_id: row.address
            for row in connection.execute(select(aliases.alias_id, aliases.address))
        },
    )


def read_one(workflow_id: int, name: str, document: str) -> WorkflowInForce:
    """A workflow as kept, read; a text that cannot be read any more says why."""
    try:
        return WorkflowInForce(workflow_id, name, read_workflow(document, name))
    except RefusedError as error:  # kept by an older version: it fails, and its mail shows why
        return WorkflowInForce(workflow_id, name, None, str(error))
