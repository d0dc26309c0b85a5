"""The resource `cases`: opened, changed, closed, reopened, merged, split, related, deleted."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from lodge_core.api import case_steps as steps
from lodge_core.api.asking import CUSTOMERS, named
from lodge_core.api.bodies_of_cases import (
    ChangedCase,
    Closing,
    Merging,
    NewCase,
    Splitting,
    WholeCase,
)
from lodge_core.api.bulk import BulkItems, BulkResults, run_bulk
from lodge_core.api.case_collections import CASE_ACTIVITIES, CASES
from lodge_core.cases.editing import CaseEdit, open_case
from lodge_platform.api import Answer, Api, Body, Call
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action

api = Api("cases", "The conversation that activities belong to.")
api.collection(CASES)
api.collection(CASE_ACTIVITIES, is_item=False)
_ONE = "/cases/{case_id}"


class BulkCases(Body, frozen=True):
    """The action, what it says, and the cases it is done to."""

    action: Literal[
        "change",
        "close",
        "reopen",
        "merge",
        "relate",
        "note",
        "delete",
    ]
    items: BulkItems
    body: (
        Annotated[dict[str, Any], Meta(description="What the action alone would be told.")] | None
    ) = None


@api.post("/cases", action=Action.CASE_WORK, body=NewCase, answer=CASES, status=201)
def create_case(call: Call, body: NewCase, work: Work) -> Answer:
    """Open a case for a customer by hand.

    In the department named, else in one's own.
    """
    named(call, CUSTOMERS, body.customer_id, field="customer_id")
    department_id = body.department_id or call.reader.department_id
    call.require(Action.CASE_WORK, department_id)
    key = open_case(
        work,
        department_id=department_id,
        customer_id=body.customer_id,
        subject=body.subject,
        edit=CaseEdit(
            description=body.description,
            severity=body.severity,
            owner_id=body.owner_id,
            due_at=body.due_at,
            attributes=body.attributes,
        ),
    )
    return call.created(CASES, key)


@api.patch(_ONE, action=Action.CASE_WORK, body=ChangedCase, answer=CASES, refusals=("conflict",))
def change_case(call: Call, body: ChangedCase, work: Work) -> Answer:
    """Change some fields of a case. A merged case is not changed any more."""
    key = call.key("case_id")
    steps.change(call, key, call.match, body, work)
    return call.one(CASES, key)


@api.put(_ONE, action=Action.CASE_WORK, body=WholeCase, answer=CASES, refusals=("conflict",))
def replace_case(call: Call, body: WholeCase, work: Work) -> Answer:
    """Replace every field of a case that can be changed."""
    key = call.key("case_id")
    steps.change(call, key, call.match, body, work)
    return call.one(CASES, key)


@api.delete(_ONE, action=Action.CASE_DELETE, refusals=("conflict",))
def delete_case(call: Call, work: Work) -> Answer:
    """Delete a case without open activities.

    Its activities of the same department go with it. The rows stay, and are shown to nobody.
    """
    steps.delete(call, call.key("case_id"), call.match, None, work)
    return call.nothing()


@api.post(
    f"{_ONE}/close",
    action=Action.CASE_WORK,
    body=Closing,
    answer=CASES,
    needs_match=True,
    refusals=("conflict",),
)
def close_case(call: Call, body: Closing, work: Work) -> Answer:
    """Close a case.

    Every activity must be completed first; 409 names those that are open. A case also closes by
    itself with its last open activity.
    """
    key = call.key("case_id")
    steps.close(call, key, call.match, body, work)
    return call.one(CASES, key)


@api.post(
    f"{_ONE}/reopen",
    action=Action.CASE_WORK,
    answer=CASES,
    needs_match=True,
    refusals=("conflict",),
)
def reopen_case(call: Call, work: Work) -> Answer:
    """Open a closed case again."""
    key = call.key("case_id")
    steps.reopen(call, key, call.match, None, work)
    return call.one(CASES, key)


@api.post(
    f"{_ONE}/merge",
    action=Action.CASE_WORK,
    body=Merging,
    answer=CASES,
    needs_match=True,
    refusals=("conflict",),
)
def merge_case(call: Call, body: Merging, work: Work) -> Answer:
    """Merge a case into another.

    Its activities, notes and relations move over; the right to work on both cases is needed. The
    answer is the case that took them over.
    """
    steps.merge(call, call.key("case_id"), call.match, body, work)
    return call.one(CASES, body.into_case_id)


@api.post(
    f"{_ONE}/split",
    action=Action.CASE_WORK,
    body=Splitting,
    answer=CASES,
    status=201,
    needs_match=True,
    refusals=("conflict",),
)
def split_case(call: Call, body: Splitting, work: Work) -> Answer:
    """Split some activities off into a new case.

    The two cases are related from then on: no later mail that names both merges them again.
    """
    return call.created(CASES, steps.split(call, call.key("case_id"), call.match, body, work))


@api.post("/cases/bulk", action=Action.ACTIVITY_READ, body=BulkCases, answer=BulkResults)
def change_cases(call: Call, body: BulkCases, work: Work) -> Answer:
    """Do one action to many cases.

    Each needs the right that the action alone needs; each is done or refused by itself, and the
    answer says which. With an Idempotency-Key the whole is done once.
    """
    step = steps.STEPS[body.action]
    done = run_bulk(call, work, CASES, step, items=body.items, body=body.body)
    return call.value(done)
