"""The resource `notes`: about activities and cases, of one's departments; they never leave."""

from lodge_core import notes
from lodge_core.api import activity_steps, case_steps
from lodge_core.api.bodies_of_activities import NewNote
from lodge_core.api.case_collections import ACTIVITY_NOTES, CASE_NOTES, NOTES, notes_under
from lodge_core.api.customer_collections import CUSTOMERS, customer_for
from lodge_platform.api import Answer, Api, Call
from lodge_platform.errors import ForbiddenError
from lodge_platform.events.work import Work
from lodge_platform.identity.actions import Action

api = Api("notes", "What people say to one another about their work. No note leaves to a customer.")
api.collection(NOTES)
api.collection(ACTIVITY_NOTES, is_item=False)
api.collection(CASE_NOTES, is_item=False)
api.collection(notes_under(CUSTOMERS), is_item=False)


@api.post(
    "/activities/{activity_id}/notes",
    action=Action.CASE_WORK,
    body=NewNote,
    answer=NOTES,
    status=201,
)
def write_note_about_activity(call: Call, body: NewNote, work: Work) -> Answer:
    """Write a note about an activity.

    Its author is who asks, its department the activity's.
    """
    key = call.key("activity_id")
    return call.created(NOTES, activity_steps.write_note(call, key, None, body, work))


@api.post("/cases/{case_id}/notes", action=Action.CASE_WORK, body=NewNote, answer=NOTES, status=201)
def write_note_about_case(call: Call, body: NewNote, work: Work) -> Answer:
    """Write a note about a case.

    Its author is who asks, its department the one by which they may work on the case.
    """
    key = call.key("case_id")
    return call.created(NOTES, case_steps.write_note(call, key, None, body, work))


@api.post(
    "/customers/{customer_id}/notes",
    action=Action.CUSTOMER_WORK,
    body=NewNote,
    answer=NOTES,
    status=201,
)
def write_note_about_customer(call: Call, body: NewNote, work: Work) -> Answer:
    """Write a note about a customer.

    It belongs to the asker's own department where they work with customers there, else to the
    first in which they do; other departments that know the customer do not see it.
    """
    key = call.key("customer_id")
    customer_for(call, key, Action.CUSTOMER_WORK)
    reader, own = call.reader, call.reader.department_id
    whole = reader.departments_with(Action.CUSTOMER_WORK)
    whole &= reader.departments_with(NOTES.action)
    if not whole:
        raise ForbiddenError("notes about customers are a whole department's, not a queue's")
    department_id = own if own in whole else min(whole)
    about = notes.About(customer_id=key)
    return call.created(NOTES, notes.write(work, about, body.text, department_id=department_id))


@api.patch("/notes/{note_id}", action=Action.CASE_WORK, body=NewNote, answer=NOTES)
def change_note(call: Call, body: NewNote, work: Work) -> Answer:
    """Change what a note says. Only its author may."""
    key = call.key("note_id")
    call.visible(NOTES, key)
    notes.edit(work, key, body.text, expected=call.match)
    return call.one(NOTES, key)


@api.delete("/notes/{note_id}", action=Action.CASE_WORK)
def delete_note(call: Call, work: Work) -> Answer:
    """Delete a note. Its author may, and who may delete cases of its department."""
    key = call.key("note_id")
    row = call.visible(NOTES, key)
    is_others_too = call.reader.may(Action.CASE_DELETE, row.department_id)
    notes.delete(work, key, is_others_too=is_others_too, expected=call.match)
    return call.nothing()
