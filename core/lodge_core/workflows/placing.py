"""Which queue a new activity goes to. Pure: what no workflow can place is an exception."""

from collections.abc import Mapping, Sequence

import msgspec

from lodge_core.routing.configuration import ConfiguredQueue
from lodge_core.workflows.decide import Facts, NeedsLinks, decide
from lodge_core.workflows.inforce import WorkflowInForce
from lodge_core.workflows.language import Automatic
from lodge_core.workflows.link_facts import evidence


class Place(msgspec.Struct, frozen=True):
    """A queue, the reason as in `ActivityQueued`, and who decided; detail is for people."""

    queue_id: int
    reason: str
    workflow_id: int | None
    rule: str | None
    detail: str | None


def place(
    facts: Facts,
    workflows: Sequence[WorkflowInForce],
    queues: Mapping[str, ConfiguredQueue],
    *,
    exception_queue: ConfiguredQueue | None,
) -> Place | NeedsLinks | None:
    """Where the activity goes; None when it belongs in an exception queue and there is none.

    `NeedsLinks`: links must be asked about it first. What was asked stands in the detail.
    `queues` are the department's, by name. The first workflow that places it wins. A workflow
    that fails or names a queue that is not there ends the search: the activity is an exception.
    """
    found = _found(facts, workflows, queues, exception_queue)
    if isinstance(found, Place) and facts.links:
        said = f"{found.detail}; {evidence(facts.links)}"
        return msgspec.structs.replace(found, detail=said)
    return found


def _found(
    facts: Facts,
    workflows: Sequence[WorkflowInForce],
    queues: Mapping[str, ConfiguredQueue],
    exception_queue: ConfiguredQueue | None,
) -> Place | NeedsLinks | None:
    for one in workflows:
        try:
            found = decide(one.workflow, facts) if one.workflow else None
        except Exception as error:  # whatever fails, the activity must not be lost with it
            fault = f"workflow {one.name}: {type(error).__name__}: {error}"
            return _exception(exception_queue, "workflow_failed", fault, one.workflow_id)
        if one.workflow is None:
            fault = f"workflow {one.name}: {one.fault}"
            return _exception(exception_queue, "workflow_failed", fault, one.workflow_id)
        if found is None:
            continue
        if isinstance(found, NeedsLinks):
            return found
        queue = queues.get(found.queue)
        if queue is None or not queue.is_active:
            state = "is not active" if queue else "is not there any more"
            fault = f"workflow {one.name}, rule {found.rule}: queue {found.queue!r} {state}"
            return _exception(
                exception_queue, "workflow_failed", fault, one.workflow_id, found.rule
            )
        return Place(queue.queue_id, "workflow", one.workflow_id, found.rule, found.why)
    if facts.automatic is Automatic.BOUNCE:
        return _exception(exception_queue, "bounce", "the mail reports a failed delivery")
    return _exception(exception_queue, "no_workflow", _why_none(workflows))


def _why_none(workflows: Sequence[WorkflowInForce]) -> str:
    if not workflows:
        return "the department has no active inbound workflow"
    return "no rule held in " + ", ".join(one.name for one in workflows)


def _exception(
    queue: ConfiguredQueue | None,
    reason: str,
    detail: str,
    workflow_id: int | None = None,
    rule: str | None = None,
) -> Place | None:
    return Place(queue.queue_id, reason, workflow_id, rule, detail) if queue else None
