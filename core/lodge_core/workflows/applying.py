"""Put a workflow into force: checked against departments and queues, kept with its past."""

from collections.abc import Sequence

from sqlalchemy import select

from lodge_core.workflows.language import Workflow
from lodge_core.workflows.link_checks import Described, refuse_wrong_links
from lodge_core.workflows.reading import line_of_queue, read_workflow
from lodge_platform.configuration import ConfigurationSession
from lodge_platform.errors import MistakeError, RefusedError, nearest
from lodge_platform.links import LinkDescription
from lodge_platform.schema import master


def _no_links() -> Sequence[LinkDescription]:
    raise MistakeError("a workflow that asks links is applied with `described`")


def apply_workflow(
    session: ConfigurationSession,
    document: str,
    *,
    source: str = "workflow",
    described: Described = _no_links,
) -> master.Workflow:
    """Make or change the workflow that `document` declares, in a `change_configuration` session.

    `source` names the document in messages; `described` gives the links there are, and is called
    for a workflow that asks one. Raises RefusedError naming the line and what is allowed. A
    document that is in force already changes nothing.
    """
    workflow = read_workflow(document, source)
    refuse_wrong_links(workflow, document, source, described=described)
    department = _department(session, workflow, source)
    _check_queues(session, workflow, document, department_id=department.department_id, name=source)
    row = session.scalar(select(master.Workflow).where(master.Workflow.name == workflow.name))
    if row is None:
        row = master.Workflow(name=workflow.name, department_id=department.department_id)
        session.add(row)
    elif row.department_id != department.department_id:
        raise RefusedError(
            f"{source}: a workflow named {workflow.name!r} is another department's; rename this one"
        )
    row.kind = workflow.kind.value
    row.document = document
    row.is_active = workflow.active
    row.position = workflow.position
    session.flush()
    return row


def _department(
    session: ConfigurationSession, workflow: Workflow, source: str
) -> master.Department:
    wanted = select(master.Department).where(master.Department.name == workflow.department)
    department = session.scalar(wanted)
    if department is None:
        known = session.scalars(select(master.Department.name)).all()
        raise RefusedError(
            f"{source}: no department {workflow.department!r}; "
            f"{nearest(workflow.department, known)}"
        )
    return department


def _check_queues(
    session: ConfigurationSession,
    workflow: Workflow,
    document: str,
    *,
    department_id: int,
    name: str,
) -> None:
    queues = session.execute(
        select(master.Queue.name, master.Queue.is_active).where(
            master.Queue.department_id == department_id
        )
    )
    known = {row.name: row.is_active for row in queues}
    active = [queue for queue, is_active in known.items() if is_active]
    wanted = [rule.queue for rule in workflow.rules]
    wanted += [workflow.otherwise] if workflow.otherwise else []
    for queue in wanted:
        where = f"{name} line {line_of_queue(document, queue)}"
        if queue not in known:
            raise RefusedError(
                f"{where}: no queue {queue!r} in {workflow.department}; {nearest(queue, active)}"
            )
        if not known[queue]:
            raise RefusedError(f"{where}: queue {queue!r} is not active")
