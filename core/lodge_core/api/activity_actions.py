"""What is done to one activity, each an operation of its own."""

from lodge_core.api import activity_steps as steps
from lodge_core.api.activity_collections import ACTIVITIES
from lodge_core.api.bodies_of_activities import (
    Classification,
    OtherCase,
    OtherCustomer,
    Rejection,
    Reply,
    Transfer,
)
from lodge_platform.api import Answer, Api, Call
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action

api = Api("activity actions", "Taken, given on, answered, classified, moved, completed.")
_ONE = "/activities/{activity_id}"


@api.post(
    f"{_ONE}/pick",
    action=Action.ACTIVITY_PICK,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def pick_activity(call: Call, work: Work) -> Answer:
    """Take a chosen activity out of its queue.

    An offer of it to anybody is taken back. 409 when somebody holds it, or there is no room.
    """
    key = call.key("activity_id")
    steps.pick(call, key, call.match, None, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/accept",
    action=Action.ACTIVITY_WORK,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def accept_activity(call: Call, work: Work) -> Answer:
    """Accept the activity that is offered to oneself."""
    key = call.key("activity_id")
    steps.accept(call, key, call.match, None, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/reject",
    action=Action.ACTIVITY_WORK,
    body=Rejection,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def reject_activity(call: Call, body: Rejection, work: Work) -> Answer:
    """Reject the activity that is offered to oneself.

    It waits on in its place, and goes to somebody else for a while.
    """
    key = call.key("activity_id")
    steps.reject(call, key, call.match, body, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/transfer",
    action=Action.ACTIVITY_TRANSFER,
    body=Transfer,
    status=204,
    needs_match=True,
    refusals=("conflict",),
)
def transfer_activity(call: Call, body: Transfer, work: Work) -> Answer:
    """Give an activity to another agent, queue or department.

    What another agent holds, only those give on who may pick. In a queue the wait begins anew; a
    department takes it in its exception queue. Afterwards the asker may see it no more.
    """
    steps.give(call, call.key("activity_id"), call.match, body, work)
    return call.nothing()


@api.post(
    f"{_ONE}/pin",
    action=Action.ACTIVITY_WORK,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def pin_activity(call: Call, work: Work) -> Answer:
    """Let an activity stay with its agent when the agent signs out."""
    key = call.key("activity_id")
    steps.hold(call, key, call.match, None, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/unpin",
    action=Action.ACTIVITY_WORK,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def unpin_activity(call: Call, work: Work) -> Answer:
    """Let an activity return to its queue again when its agent stays away."""
    key = call.key("activity_id")
    steps.release(call, key, call.match, None, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/complete",
    action=Action.ACTIVITY_WORK,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def complete_activity(call: Call, work: Work) -> Answer:
    """Complete an activity that one holds.

    With the last open activity of a case, the case is closed. 422 names a required custom
    attribute that is missing.
    """
    key = call.key("activity_id")
    steps.complete(call, key, call.match, None, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/reply",
    action=Action.ACTIVITY_WORK,
    body=Reply,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def reply_to_activity(call: Call, body: Reply, work: Work) -> Answer:
    """Answer the mail of an activity that one holds.

    The answer goes to the mail's author or where it asks for answers, never elsewhere.
    """
    key = call.key("activity_id")
    steps.answer(call, key, call.match, body, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/change-case",
    action=Action.CASE_WORK,
    body=OtherCase,
    answer=ACTIVITIES,
    needs_match=True,
    refusals=("conflict",),
)
def change_case_of_activity(call: Call, body: OtherCase, work: Work) -> Answer:
    """Move an activity to another case.

    An open one reopens a closed case. The two cases are related from then on.
    """
    key = call.key("activity_id")
    steps.change_case(call, key, call.match, body, work)
    return call.one(ACTIVITIES, key)


@api.post(
    f"{_ONE}/change-customer",
    action=Action.CASE_WORK,
    body=OtherCustomer,
    answer=ACTIVITIES,
    needs_match=True,
)
def change_customer_of_activity(call: Call, body: OtherCustomer, work: Work) -> Answer:
    """Say that an activity is another customer's.

    Its case stays whose it was.
    """
    key = call.key("activity_id")
    steps.change_customer(call, key, call.match, body, work)
    return call.one(ACTIVITIES, key)


@api.put(
    f"{_ONE}/classification",
    action=Action.CASE_WORK,
    body=Classification,
    answer=ACTIVITIES,
)
def classify_activity(call: Call, body: Classification, work: Work) -> Answer:
    """Classify an activity.

    By active categories and resolution codes of its department; what it has already may stay.
    """
    key = call.key("activity_id")
    steps.put_in_classes(call, key, call.match, body, work)
    return call.one(ACTIVITIES, key)
