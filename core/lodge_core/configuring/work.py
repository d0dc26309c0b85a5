"""Rows that say where work comes from and where it goes, brought to what a file says of them."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from lodge_core.configuring.changes import Change, upsert
from lodge_core.configuring.keys import Keys
from lodge_core.configuring.language import SaidQueue
from lodge_core.configuring.reading import ConfigurationFile, Place
from lodge_core.workflows.applying import apply_workflow
from lodge_platform.configuration import ConfigurationSession
from lodge_platform.schema.master import Alias, Department, MediaRoutingDomain, Queue, Workflow


def apply_departments(session: Session, keys: Keys, file: ConfigurationFile) -> list[Change]:
    """Departments by name."""
    changes: list[Change] = []
    for said in file.said.departments:
        found = session.scalar(select(Department).where(Department.name == said.name))
        row, told = upsert(
            session, found, Department, _columns(said), word="department", name=said.name
        )
        keys.add("department", said.name, row.department_id)
        changes += told
    return changes


def apply_domains(session: Session, keys: Keys, file: ConfigurationFile) -> list[Change]:
    """Media routing domains by name."""
    changes: list[Change] = []
    for said in file.said.media_routing_domains:
        wanted = select(MediaRoutingDomain).where(MediaRoutingDomain.name == said.name)
        row, told = upsert(
            session,
            session.scalar(wanted),
            MediaRoutingDomain,
            _columns(said),
            word="media routing domain",
            name=said.name,
        )
        keys.add("media routing domain", said.name, row.media_routing_domain_id)
        changes += told
    return changes


def apply_queues(session: Session, keys: Keys, file: ConfigurationFile) -> list[Change]:
    """Queues by name."""
    changes: list[Change] = []
    for number, said in enumerate(file.said.queues):
        place = file.place("queues", number)
        department_id = keys.find("department", said.department, place.at("department"))
        columns = _columns(said) | {
            "department_id": department_id,
            "media_routing_domain_id": keys.find(
                "media routing domain", said.media_routing_domain, place.at("media_routing_domain")
            ),
            "skill_group_id": said.skill_group
            and keys.find("skill group", said.skill_group, place.at("skill_group")),
        }
        _refuse_without_way_out(session, said, department_id, place)
        found = session.scalar(select(Queue).where(Queue.name == said.name))
        _row, told = upsert(session, found, Queue, columns, word="queue", name=said.name)
        changes += told
    return changes


def apply_aliases(session: Session, keys: Keys, file: ConfigurationFile) -> list[Change]:
    """Aliases by address, which is kept in lower case."""
    changes: list[Change] = []
    for number, said in enumerate(file.said.aliases):
        place, address = file.place("aliases", number), said.address.lower()
        department_id = keys.find("department", said.department, place.at("department"))
        columns = _columns(said) | {"address": address, "department_id": department_id}
        found = session.scalar(select(Alias).where(Alias.address == address))
        _row, told = upsert(session, found, Alias, columns, word="alias", name=address)
        changes += told
    return changes


def apply_workflows(session: ConfigurationSession, file: ConfigurationFile) -> list[Change]:
    """Workflows by the name in their own text."""
    changes: list[Change] = []
    for number, read in enumerate(file.workflows):
        before = session.execute(
            select(Workflow.version_no).where(Workflow.name == read.name)
        ).scalar()
        with file.place("workflows", number).naming_itself(read.is_inline):
            row = apply_workflow(session, read.document, source=read.source)
        if row.version_no != before:
            changes.append(Change("changed" if before else "made", "workflow", read.name))
    return changes


_REFERENCES = ("department", "media_routing_domain", "skill_group")


def _columns(said: msgspec.Struct) -> dict[str, Any]:
    """What a row says, by column; references are put in as keys by the caller."""
    values = msgspec.structs.asdict(said)
    return {column: value for column, value in values.items() if column not in _REFERENCES}


def _refuse_without_way_out(
    session: Session, said: SaidQueue, department_id: int, place: Place
) -> None:
    if not said.is_exception:
        if said.skill_group is None:
            raise place.refusal(
                f"queue {said.name!r} names no skill group; only an exception queue does without"
            )
        return
    other = session.scalar(
        select(Queue.name).where(
            Queue.department_id == department_id, Queue.is_exception, Queue.name != said.name
        )
    )
    if other is not None:
        raise place.refusal(
            f"department {said.department!r} has the exception queue {other!r} already; "
            "there is one in each department"
        )
