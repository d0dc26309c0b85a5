"""The resource `activities`: made, changed, replaced, deleted, and in bulk."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from lodge_core.activities import taking
from lodge_core.activities.creating import NewTask, create_task
from lodge_core.activities.editing import ActivityEdit
from lodge_core.api import activity_steps as steps
from lodge_core.api.activity_collections import (
    ACTIVITIES,
    ACTIVITY_EMAILS,
    EMAIL_RECIPIENTS,
    EMAILS,
)
from lodge_core.api.asking import CUSTOMERS, named
from lodge_core.api.bodies_of_activities import (
    ChangedActivity,
    NewActivity,
    WholeActivity,
)
from lodge_core.api.bulk import BulkItems, BulkResults, run_bulk
from lodge_core.api.case_collections import CASES
from lodge_platform.api import Answer, Api, Body, Call
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action

api = Api("activities", "One unit of work: an e-mail, a chat, a callback, a task.")
api.collection(ACTIVITIES)
api.collection(EMAILS)
api.collection(ACTIVITY_EMAILS, is_item=False)
api.collection(EMAIL_RECIPIENTS, is_item=False)


class BulkActivities(Body, frozen=True):
    """The action, what it says, and the activities it is done to."""

    action: Literal[
        "change",
        "pick",
        "accept",
        "reject",
        "transfer",
        "pin",
        "unpin",
        "complete",
        "change-case",
        "change-customer",
        "classify",
        "note",
        "delete",
    ]
    items: BulkItems
    body: (
        Annotated[dict[str, Any], Meta(description="What the action alone would be told.")] | None
    ) = None


@api.post("/activities", action=Action.CASE_WORK, body=NewActivity, answer=ACTIVITIES, status=201)
def create_activity(call: Call, body: NewActivity, work: Work) -> Answer:
    """Make a task.

    In the case that is named, or in a new case of the customer that is named. Without a queue,
    the workflows of the department place it. E-mails, chats and callbacks are not made here.
    """
    case = None
    if body.case_id is not None:
        case = named(call, CASES, body.case_id, field="case_id")
    if body.customer_id is not None:
        named(call, CUSTOMERS, body.customer_id, field="customer_id")
    usual = case.department_id if case is not None else call.reader.department_id
    department_id = body.department_id or usual
    call.require(Action.CASE_WORK, department_id, body.queue_id)
    key = create_task(
        work,
        NewTask(
            department_id=department_id,
            subject=body.subject,
            case_id=body.case_id,
            customer_id=body.customer_id,
            queue_id=body.queue_id,
            priority=body.priority,
            mode=body.mode,
            edit=ActivityEdit(
                description=body.description,
                subtype=body.subtype,
                language=body.language,
                due_at=body.due_at,
                attributes=body.attributes,
            ),
        ),
    )
    return call.created(ACTIVITIES, key)


@api.patch(
    "/activities/{activity_id}", action=Action.CASE_WORK, body=ChangedActivity, answer=ACTIVITIES
)
def change_activity(call: Call, body: ChangedActivity, work: Work) -> Answer:
    """Change some fields of an activity.

    The subject of what came from outside stays as it came.
    """
    key = call.key("activity_id")
    steps.change(call, key, call.match, body, work)
    return call.one(ACTIVITIES, key)


@api.put(
    "/activities/{activity_id}", action=Action.CASE_WORK, body=WholeActivity, answer=ACTIVITIES
)
def replace_activity(call: Call, body: WholeActivity, work: Work) -> Answer:
    """Replace every field of an activity that can be changed.

    Who holds it, where it waits and how it is classified have operations of their own.
    """
    key = call.key("activity_id")
    steps.change(call, key, call.match, body, work)
    return call.one(ACTIVITIES, key)


@api.delete("/activities/{activity_id}", action=Action.ACTIVITY_DELETE)
def delete_activity(call: Call, work: Work) -> Answer:
    """Delete an activity.

    An open one is completed first. The row stays, and is shown to nobody.
    """
    steps.delete(call, call.key("activity_id"), call.match, None, work)
    return call.nothing()


@api.post(
    "/activities/pull", action=Action.ACTIVITY_WORK, answer=ACTIVITIES, refusals=("conflict",)
)
def pull_activity(call: Call, work: Work) -> Answer:
    """Take the next activity of one's queues.

    In the order in which the router would give them. 409 when nothing waits, or there is no room.
    """
    return call.one(ACTIVITIES, taking.pull(work))


@api.post("/activities/bulk", action=Action.ACTIVITY_READ, body=BulkActivities, answer=BulkResults)
def change_activities(call: Call, body: BulkActivities, work: Work) -> Answer:
    """Do one action to many activities.

    Each needs the right that the action alone needs; each is done or refused by itself, and the
    answer says which. With an Idempotency-Key the whole is done once.
    """
    step = steps.STEPS[body.action]
    done = run_bulk(call, work, ACTIVITIES, step, items=body.items, body=body.body)
    return call.value(done)
