"""The page of a case: what is said of it, its activities, notes and relations, and its end."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import Request, Response

from lodge_core import notes
from lodge_core.agents.case_reading import case_activities, case_details, owners_for
from lodge_core.agents.notes_shown import notes_of
from lodge_core.cases import ending, joining, relations
from lodge_core.cases.editing import CaseEdit, edit_case
from lodge_core.console.fields import attributes_in, instant_in, key_in, keys_in, text_in
from lodge_core.console.notices import notice_of
from lodge_core.console.owning import Form, sentence
from lodge_core.console.router import go_to, router, show
from lodge_platform.api.visibility import activities_visible
from lodge_platform.clock import utc_now
from lodge_platform.errors import ConflictError, NotFoundError, RefusedError
from lodge_platform.events import Actor
from lodge_platform.events.work import Work, working
from lodge_platform.identity import Action, SignedIn
from lodge_platform.vocabulary import ActorKind, CaseStatus, Severity
from lodge_platform.web.rights import Reader, lodge_of, right

Change = Callable[[Work], str | None]


@router.get("/cases/{case_id}", dependencies=[right(Action.ACTIVITY_READ, shows_content=True)])
def case_page(
    request: Request, case_id: int, reader: Reader, notice: str | None = None
) -> Response:
    """The case, as far as the reader may read it."""
    return _show(request, case_id, reader, notice=notice)


@router.post("/cases/{case_id}/details", dependencies=[right(Action.CASE_WORK)])
def change_case(request: Request, case_id: int, reader: Reader, form: Form) -> Response:
    """Change what is said of the case."""
    details = case_details(lodge_of(request), case_id, reader)

    def change(work: Work) -> None:
        severity = text_in(form, "severity") or Severity.MEDIUM.value
        words = [word.value for word in Severity]
        if severity not in words:
            raise RefusedError(f"a severity is one of: {', '.join(words)}", field="severity")
        wanted = CaseEdit(
            severity=Severity(severity),
            owner_id=key_in(form, "owner_id"),
            due_at=instant_in(form, "due_at"),
            description=text_in(form, "description", most=100_000),
            solution=text_in(form, "solution", most=100_000),
            attributes=attributes_in(form, details.definitions),
        )
        edit_case(work, case_id, wanted, expected=key_in(form, "change_no"))

    return _done(request, case_id, reader, change, notice="saved")


@router.post("/cases/{case_id}/close", dependencies=[right(Action.CASE_WORK)])
def close_case(request: Request, case_id: int, reader: Reader) -> Response:
    """Close it."""
    seen = activities_visible(reader, Action.ACTIVITY_READ)

    def change(work: Work) -> None:
        ending.close(work, case_id, seen=seen)

    return _done(request, case_id, reader, change, notice="closed")


@router.post("/cases/{case_id}/reopen", dependencies=[right(Action.CASE_WORK)])
def reopen_case(request: Request, case_id: int, reader: Reader) -> Response:
    """Open it again."""

    def change(work: Work) -> None:
        ending.reopen(work, case_id)

    return _done(request, case_id, reader, change, notice="reopened")


@router.post("/cases/{case_id}/notes", dependencies=[right(Action.CASE_WORK)])
def note_case(request: Request, case_id: int, reader: Reader, form: Form) -> Response:
    """Write a note for colleagues."""
    department_id = case_details(lodge_of(request), case_id, reader).department_id

    def change(work: Work) -> None:
        text = text_in(form, "text", most=20_000) or ""
        notes.write(work, notes.About(case_id=case_id), text, department_id=department_id)

    return _done(request, case_id, reader, change, notice="noted")


@router.post("/cases/{case_id}/relate", dependencies=[right(Action.CASE_WORK)])
def relate_case(request: Request, case_id: int, reader: Reader, form: Form) -> Response:
    """Call it related to another case, or merge it into that one."""
    other = _other(request, reader, form)

    def relate(work: Work) -> None:
        relations.relate(work, case_id, other)

    def merge(work: Work) -> None:
        joining.merge_by_hand(work, case_id, into_case_id=other)

    if form.get("then") == "merge":
        _require(reader, case_details(lodge_of(request), other, reader).department_id)
        return _done(request, case_id, reader, merge, notice="merged", then=other)
    return _done(request, case_id, reader, relate, notice="related")


@router.post("/cases/{case_id}/split", dependencies=[right(Action.CASE_WORK)])
def split_case(request: Request, case_id: int, reader: Reader, form: Form) -> Response:
    """Move the ticked activities to a new case."""
    chosen = set(keys_in(form, "activity_ids"))
    seen = {one.activity_id for one in case_activities(lodge_of(request), case_id, reader)}
    made: list[int] = []

    def change(work: Work) -> None:
        made.append(joining.split(work, case_id, sorted(chosen & seen)))

    answer = _done(request, case_id, reader, change, notice="split")
    return go_to(f"/console/cases/{made[0]}", notice="split") if made else answer


def _done(
    request: Request,
    case_id: int,
    reader: SignedIn,
    change: Callable[[Work], None],
    *,
    notice: str,
    then: int | None = None,
) -> Response:
    """Do it and go on; a refusal is shown on the case's page, as it is now."""
    lodge = lodge_of(request)
    _require(reader, case_details(lodge, case_id, reader).department_id)
    actor = Actor(ActorKind.AGENT, reader.user_id)
    try:
        with working(lodge, actor=actor, now=utc_now()) as work:
            change(work)
    except NotFoundError:
        raise
    except RefusedError as error:
        is_late = isinstance(error, ConflictError)
        status = HTTPStatus.CONFLICT if is_late else HTTPStatus.UNPROCESSABLE_ENTITY
        return _show(request, case_id, reader, error=sentence(error), status=status)
    return go_to(f"/console/cases/{then or case_id}", notice=notice)


def _require(reader: SignedIn, department_id: int) -> None:
    """What a person may not work on is answered like what is not there."""
    if not reader.may(Action.CASE_WORK, department_id):
        raise NotFoundError("no case")


def _other(request: Request, reader: SignedIn, form: Form) -> int:
    key = key_in(form, "other_case_id")
    return case_details(lodge_of(request), key or 0, reader).case_id


def _show(
    request: Request,
    case_id: int,
    reader: SignedIn,
    *,
    notice: str | None = None,
    error: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    lodge = lodge_of(request)
    details = case_details(lodge, case_id, reader)
    can_work = reader.may(Action.CASE_WORK, details.department_id)
    values: dict[str, object] = {
        "title": f"Case {case_id}",
        "case": details,
        "activities": case_activities(lodge, case_id, reader),
        "notes": notes_of(lodge, reader, case_id=case_id),
        "owners": owners_for(lodge, details.department_id, details.owner_id),
        "severities": [word.value for word in Severity],
        "can_work": can_work and details.status is not CaseStatus.MERGED,
        "error": error,
        "notice": notice_of(notice),
    }
    return show(request, "case.html", values, status=status)
