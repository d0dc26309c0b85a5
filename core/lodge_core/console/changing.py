"""Changing an activity from its page: details, classification, pin, transfer, notes."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from lodge_core import notes
from lodge_core.activities.editing import ActivityEdit, classify, edit, pin
from lodge_core.activities.transferring import Target, transfer
from lodge_core.agents.reading import place_of
from lodge_core.attributes import definitions_of
from lodge_core.console.activity import show_activity
from lodge_core.console.fields import attributes_in, instant_in, key_in, keys_in, text_in
from lodge_core.console.owning import Form, own_work, sentence
from lodge_core.console.router import go_to, router
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.events.work import Work
from lodge_platform.identity import Action, SignedIn
from lodge_platform.vocabulary import Media
from lodge_platform.web.rights import Reader, lodge_of, right


@router.post("/activities/{activity_id}/details", dependencies=[right(Action.CASE_WORK)])
def change_details(request: Request, activity_id: int, reader: Reader, form: Form) -> Response:
    """Change priority, due date, language, and whatever else the page's form has."""

    def change(work: Work) -> None:
        definitions = [
            one
            for one in definitions_of(work.lodge.stores.master)
            if one.object_type == "activity" and one.is_active
        ]
        wanted = ActivityEdit(
            priority=key_in(form, "priority") or 0,
            due_at=instant_in(form, "due_at"),
            language=text_in(form, "language"),
            subtype=text_in(form, "subtype", most=100),
            attributes=attributes_in(form, definitions),
            **_of_task(form),
        )
        edit(work, activity_id, wanted, expected=key_in(form, "change_no"))

    return _done(request, activity_id, reader, Action.CASE_WORK, change, notice="saved")


@router.post("/activities/{activity_id}/classification", dependencies=[right(Action.CASE_WORK)])
def change_classes(request: Request, activity_id: int, reader: Reader, form: Form) -> Response:
    """Classify by the boxes that are ticked."""

    def change(work: Work) -> None:
        classify(
            work,
            activity_id,
            category_ids=keys_in(form, "category_ids"),
            resolution_code_ids=keys_in(form, "resolution_code_ids"),
            expected=key_in(form, "change_no"),
        )

    return _done(request, activity_id, reader, Action.CASE_WORK, change, notice="saved")


@router.post("/activities/{activity_id}/pin", dependencies=[right(Action.ACTIVITY_WORK)])
def change_pin(request: Request, activity_id: int, reader: Reader, form: Form) -> Response:
    """Pin what one holds, or let it go."""
    is_pinned = form.get("is_pinned") == "yes"

    def change(work: Work) -> None:
        pin(work, activity_id, is_pinned=is_pinned)

    notice = "pinned" if is_pinned else "unpinned"
    return _done(request, activity_id, reader, Action.ACTIVITY_WORK, change, notice=notice)


@router.post("/activities/{activity_id}/transfer", dependencies=[right(Action.ACTIVITY_TRANSFER)])
def give_on(request: Request, activity_id: int, reader: Reader, form: Form) -> Response:
    """Give it to the agent, queue or department that was chosen."""
    place = place_of(lodge_of(request), activity_id)

    def change(work: Work) -> None:
        transfer(
            work,
            activity_id,
            _target(text_in(form, "target")),
            reason=text_in(form, "reason", most=500),
            reachable=reader.departments_with(Action.ACTIVITY_TRANSFER),
            is_others_too=reader.may(Action.ACTIVITY_PICK, *place),
            expected=key_in(form, "change_no"),
        )

    return _done(
        request,
        activity_id,
        reader,
        Action.ACTIVITY_TRANSFER,
        change,
        notice="transferred",
        then="/console/",
    )


@router.post("/activities/{activity_id}/notes", dependencies=[right(Action.CASE_WORK)])
def write_note(request: Request, activity_id: int, reader: Reader, form: Form) -> Response:
    """Write a note for colleagues."""
    department_id, _ = place_of(lodge_of(request), activity_id)

    def change(work: Work) -> None:
        text = text_in(form, "text", most=20_000) or ""
        about = notes.About(activity_id=activity_id)
        notes.write(work, about, text, department_id=department_id)

    return _done(request, activity_id, reader, Action.CASE_WORK, change, notice="noted")


def _done(
    request: Request,
    activity_id: int,
    reader: SignedIn,
    action: Action,
    change: Callable[[Work], None],
    *,
    notice: str,
    then: str | None = None,
) -> Response:
    """Do it and go on; a refusal is shown on the activity's page, as it is now."""
    try:
        with own_work(lodge_of(request), activity_id, reader, action) as work:
            change(work)
    except NotFoundError:
        raise
    except RefusedError as error:
        is_late = isinstance(error, ConflictError)
        status = HTTPStatus.CONFLICT if is_late else HTTPStatus.UNPROCESSABLE_ENTITY
        return show_activity(request, activity_id, reader, error=sentence(error), status=status)
    return go_to(then or f"/console/activities/{activity_id}", notice=notice)


def _of_task(form: Form) -> dict[str, Any]:
    """Subject and description, which only the form of a task has."""
    if form.get("media") != Media.TASK.value:
        return {}
    subject = text_in(form, "subject", most=998)
    if subject is None:
        raise RefusedError("a task needs a subject", field="subject")
    return {"subject": subject, "description": text_in(form, "description", most=100_000)}


def _target(chosen: str | None) -> Target:
    kind, _, key = (chosen or "").partition(":")
    if kind not in ("agent", "queue", "department") or not key.isdigit() or len(key) > 18:
        raise RefusedError("choose to whom or where it goes", field="target")
    return Target(**{f"{kind}_id": int(key)})
