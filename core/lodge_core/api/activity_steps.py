"""What can be done to one activity, each asked of the reader's rights first; alone or in bulk.

Each step takes the call, the activity's key, the version it is expected in, its body, the work.
"""

from collections.abc import Mapping

from lodge_core import notes
from lodge_core.activities import ending, moving, taking
from lodge_core.activities.editing import ActivityEdit, classify, edit, pin
from lodge_core.activities.transferring import Target, transfer
from lodge_core.agents.reply import send_reply, write_reply
from lodge_core.api.asking import CUSTOMERS, activity_for, named
from lodge_core.api.bodies_of_activities import (
    ChangedActivity,
    Classification,
    NewNote,
    OtherCase,
    OtherCustomer,
    Rejection,
    Reply,
    Transfer,
    WholeActivity,
)
from lodge_core.api.bulk import Step
from lodge_core.api.case_collections import CASES
from lodge_platform.api import Call
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action


def change(
    call: Call, key: int, match: int | None, body: ChangedActivity | WholeActivity, work: Work
) -> None:
    """Change fields; a `WholeActivity` replaces them all."""
    activity_for(call, key, Action.CASE_WORK, match)
    given = ActivityEdit(**{name: getattr(body, name) for name in body.__struct_fields__})
    is_whole = isinstance(body, WholeActivity)
    edit(work, key, given, expected=match, is_whole=is_whole)


def pick(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Take it out of its queue."""
    activity_for(call, key, Action.ACTIVITY_PICK, match)
    taking.pick(work, key, expected=match)


def accept(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Take it as offered."""
    activity_for(call, key, Action.ACTIVITY_WORK, match)
    taking.accept(work, taking.offer_in(work, key), expected=match)


def reject(call: Call, key: int, match: int | None, body: Rejection, work: Work) -> None:
    """Let the offer go on to somebody else."""
    activity_for(call, key, Action.ACTIVITY_WORK, match)
    taking.reject(work, taking.offer_in(work, key), reason=body.reason, expected=match)


def give(call: Call, key: int, match: int | None, body: Transfer, work: Work) -> None:
    """Transfer it."""
    row = activity_for(call, key, Action.ACTIVITY_TRANSFER, match)
    transfer(
        work,
        key,
        Target(agent_id=body.agent_id, queue_id=body.queue_id, department_id=body.department_id),
        reason=body.reason,
        reachable=call.reader.departments_with(Action.ACTIVITY_TRANSFER),
        is_others_too=call.reader.may(Action.ACTIVITY_PICK, row.department_id, row.queue_id),
        expected=match,
    )


def hold(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Pin it."""
    _pin(call, key, match, work, is_pinned=True)


def release(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Unpin it."""
    _pin(call, key, match, work, is_pinned=False)


def complete(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Complete it."""
    activity_for(call, key, Action.ACTIVITY_WORK, match)
    ending.complete(work, key, expected=match)


def answer(call: Call, key: int, match: int | None, body: Reply, work: Work) -> None:
    """Answer its mail."""
    activity_for(call, key, Action.ACTIVITY_WORK, match)
    written = write_reply(
        call.lodge, key, agent_id=call.reader.user_id, text=body.text, now=call.now
    )
    send_reply(work, key, written, is_complete=body.then == "complete", expected=match)


def change_case(call: Call, key: int, match: int | None, body: OtherCase, work: Work) -> None:
    """Move it to another case."""
    activity_for(call, key, Action.CASE_WORK, match)
    named(call, CASES, body.case_id, field="case_id", action=Action.CASE_WORK)
    moving.change_case(work, key, body.case_id, expected=match)


def change_customer(
    call: Call, key: int, match: int | None, body: OtherCustomer, work: Work
) -> None:
    """Say whose it is."""
    activity_for(call, key, Action.CASE_WORK, match)
    named(call, CUSTOMERS, body.customer_id, field="customer_id")
    moving.change_customer(
        work, key, body.customer_id, contact_point_id=body.contact_point_id, expected=match
    )


def put_in_classes(
    call: Call, key: int, match: int | None, body: Classification, work: Work
) -> None:
    """Classify it."""
    activity_for(call, key, Action.CASE_WORK, match)
    classify(
        work,
        key,
        category_ids=body.category_ids,
        resolution_code_ids=body.resolution_code_ids,
        expected=match,
    )


def write_note(call: Call, key: int, _match: int | None, body: NewNote, work: Work) -> int:
    """Write a note about it; the note's key."""
    row = activity_for(call, key, Action.CASE_WORK)
    about = notes.About(activity_id=key)
    return notes.write(work, about, body.text, department_id=row.department_id)


def delete(call: Call, key: int, match: int | None, _body: None, work: Work) -> None:
    """Delete it."""
    activity_for(call, key, Action.ACTIVITY_DELETE, match)
    ending.delete(work, key, expected=match)


def _pin(call: Call, key: int, match: int | None, work: Work, *, is_pinned: bool) -> None:
    row = activity_for(call, key, Action.ACTIVITY_WORK, match)
    is_others_too = call.reader.may(Action.ACTIVITY_PICK, row.department_id, row.queue_id)
    pin(work, key, is_pinned=is_pinned, is_others_too=is_others_too, expected=match)


STEPS: Mapping[str, Step] = {
    "change": Step(ChangedActivity, change),
    "pick": Step(None, pick),
    "accept": Step(None, accept),
    "reject": Step(Rejection, reject),
    "transfer": Step(Transfer, give),
    "pin": Step(None, hold),
    "unpin": Step(None, release),
    "complete": Step(None, complete),
    "change-case": Step(OtherCase, change_case),
    "change-customer": Step(OtherCustomer, change_customer),
    "classify": Step(Classification, put_in_classes),
    "note": Step(NewNote, write_note),
    "delete": Step(None, delete),
}
