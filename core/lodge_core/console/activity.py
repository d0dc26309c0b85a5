"""Reading an activity: its case from the first message on, and the form to answer it."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import Request, Response
from msgspec import Struct

from lodge_core.agents.answering import read_inbound, read_sender, recipients_of
from lodge_core.agents.compose import Mailbox, reply_subject
from lodge_core.agents.details import ActivityDetails, Targets, activity_details, targets_for
from lodge_core.agents.link_panels import panels_for
from lodge_core.agents.notes_shown import notes_of
from lodge_core.agents.quoting import quoted
from lodge_core.agents.reading import read_activity
from lodge_core.agents.views import ActivityView
from lodge_core.console.notices import notice_of
from lodge_core.console.owning import sentence
from lodge_core.console.router import router, show
from lodge_platform.errors import RefusedError, SetUpError
from lodge_platform.identity import Action, SignedIn
from lodge_platform.lodge import Lodge
from lodge_platform.vocabulary import ActivityStatus
from lodge_platform.web.rights import Reader, lodge_of, require_sight, right


class AnswerForm(Struct, frozen=True):
    """What stands around the text an agent writes; `obstacle` says why no answer can be sent."""

    recipients: Sequence[Mailbox] = ()
    subject: str = ""
    original: str = ""
    obstacle: str | None = None


@router.get(
    "/activities/{activity_id}", dependencies=[right(Action.ACTIVITY_READ, shows_content=True)]
)
def activity_page(
    request: Request, activity_id: int, reader: Reader, notice: str | None = None
) -> Response:
    """The activity, as far as the reader may read it."""
    return show_activity(request, activity_id, reader, notice=notice)


def show_activity(
    request: Request,
    activity_id: int,
    reader: SignedIn,
    *,
    notice: str | None = None,
    error: str | None = None,
    text: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """The page of an activity; `text` is what the agent had written when `error` came."""
    require_sight(reader)
    lodge = lodge_of(request)
    view = read_activity(lodge, activity_id, reader)
    details = activity_details(lodge, activity_id)
    place = view.activity.department_id, view.activity.queue_id
    is_own = view.activity.agent_id == reader.user_id
    can_work = reader.may(Action.ACTIVITY_WORK, *place)
    is_held = is_own and can_work and view.activity.status is ActivityStatus.ASSIGNED
    values: dict[str, object] = {
        "title": view.activity.subject or "Without a subject",
        "view": view,
        "is_held": is_held,
        "is_offered": is_own and can_work and view.activity.status is ActivityStatus.OFFERED,
        "can_pick": _can_pick(view, reader),
        "details": details,
        "panels": panels_for(lodge, reader, activity_id=activity_id, place=place),
        "notes": notes_of(lodge, reader, case_id=view.case.case_id, activity_id=activity_id),
        "can_change": reader.may(Action.CASE_WORK, *place),
        "targets": _targets(lodge, view, details, reader),
        "form": _form(lodge, activity_id) if is_held else None,
        "text": text,
        "error": error,
        "notice": notice_of(notice),
    }
    return show(request, "activity.html", values, status=status)


def _can_pick(view: ActivityView, reader: SignedIn) -> bool:
    is_waiting = view.activity.status is ActivityStatus.QUEUED
    activity = view.activity
    return is_waiting and reader.may(
        Action.ACTIVITY_PICK, activity.department_id, activity.queue_id
    )


def _targets(
    lodge: Lodge, view: ActivityView, details: ActivityDetails, reader: SignedIn
) -> Targets | None:
    """Where the reader may give the activity; None when they may not."""
    activity = view.activity
    place = activity.department_id, activity.queue_id
    is_held = activity.status is ActivityStatus.ASSIGNED
    is_others = is_held and activity.agent_id != reader.user_id
    is_over = activity.status is ActivityStatus.COMPLETED
    if is_over or not reader.may(Action.ACTIVITY_TRANSFER, *place):
        return None
    if is_others and not reader.may(Action.ACTIVITY_PICK, *place):
        return None
    return targets_for(lodge, reader, department_id=activity.department_id, media=details.media)


def _form(lodge: Lodge, activity_id: int) -> AnswerForm:
    try:
        with lodge.stores.active.read() as connection:
            inbound = read_inbound(connection, activity_id)
        recipients = recipients_of(inbound, read_sender(lodge.stores.master, inbound.alias_id))
    except (RefusedError, SetUpError) as error:
        return AnswerForm(obstacle=sentence(error))
    author = inbound.answered.author
    return AnswerForm(
        recipients=recipients,
        subject=reply_subject(inbound.answered.subject),
        original=quoted(author.name, author.address, inbound.answered),
    )
