"""A task made by hand or by another system, in a case there is or in a new one."""

from typing import Any

import msgspec
from sqlalchemy import Row

from lodge_core import cases
from lodge_core.activities.editing import HIGHEST, LOWEST, ActivityEdit, edit
from lodge_core.activities.queues import queue_for
from lodge_core.cases.editing import refuse_merged
from lodge_core.customers.locking import hold_customers, usable_customer
from lodge_core.routing.claims import lock_case
from lodge_core.routing.configuration import configuration_of
from lodge_platform.errors import RefusedError
from lodge_platform.events.catalogue import ActivityCreated, ActivityQueued, CaseOpened
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.stores import allocate
from lodge_platform.vocabulary import Media, Mode

DEFAULT_PRIORITY = 4


class NewTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task: in the case `case_id`, or, without one, in a new case of `customer_id`.

    Without `queue_id` the department's workflows place it. `edit` holds its further fields.
    """

    department_id: int
    subject: str
    case_id: int | None = None
    customer_id: int | None = None
    queue_id: int | None = None
    priority: int = DEFAULT_PRIORITY
    mode: Mode = Mode.OUTBOUND
    edit: ActivityEdit | None = None


def create_task(work: Work, task: NewTask) -> int:
    """Make the task and give its key; a closed case is reopened by it.

    Raises NotFoundError for an unknown case or customer, ConflictError for a merged case,
    RefusedError for a queue that does not fit, or without case and customer.
    """
    if not HIGHEST <= task.priority <= LOWEST:
        words = [str(rank) for rank in range(HIGHEST, LOWEST + 1)]
        raise RefusedError("a priority is a rank from 1 to 7", field="priority", allowed=words)
    configuration = configuration_of(work.lodge.stores.master)
    if task.queue_id is not None:
        queue_for(configuration, task.queue_id, department_id=task.department_id, media=Media.TASK)
    hold_customers(work.connection)
    case_id, customer_id = _case(work, task)
    [activity_id] = allocate(work.connection, "activities")
    keys: dict[str, Any] = {
        "activity_id": activity_id,
        "case_id": case_id,
        "department_id": task.department_id,
    }
    created = work.record(
        ActivityCreated(
            case_id=case_id,
            department_id=task.department_id,
            customer_id=customer_id,
            contact_point_id=None,
            alias_id=None,
            subject=task.subject,
            media=Media.TASK,
            mode=task.mode,
            priority=task.priority,
        ),
        activity_id,
        **keys,
    )
    work.flush()
    if task.edit is not None:
        edit(work, activity_id, task.edit)
    if task.queue_id is not None:
        work.record(
            ActivityQueued(queue_id=task.queue_id, reason="requeued"),
            activity_id,
            queue_id=task.queue_id,
            caused_by=created,
            **keys,
        )
        work.flush()
    work.wakes(Topic.ACTIVITY_NEW, Topic.ACTIVITY_QUEUED, Topic.ACTIVITY_CHANGED)
    return activity_id


def _case(work: Work, task: NewTask) -> tuple[int, int]:
    """Keys of the case, made or locked, and of the customer."""
    if task.case_id is not None:
        case = lock_case(work.connection, task.case_id)
        refuse_merged(case)
        cases.reopen_closed(work.recorder, [task.case_id], actor=work.actor)
        return task.case_id, _customer(work, task, case)
    if task.customer_id is None:
        raise RefusedError("a task needs a case or a customer", field="case_id")
    usable_customer(work.connection, task.customer_id)
    [case_id] = allocate(work.connection, "cases")
    work.record(
        CaseOpened(
            department_id=task.department_id, customer_id=task.customer_id, subject=task.subject
        ),
        case_id,
        case_id=case_id,
        department_id=task.department_id,
    )
    return case_id, task.customer_id


def _customer(work: Work, task: NewTask, case: Row[Any]) -> int:
    if task.customer_id is None:
        return case.customer_id
    usable_customer(work.connection, task.customer_id)
    return task.customer_id
