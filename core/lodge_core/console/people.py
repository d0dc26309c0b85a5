"""The users whom one manages: found, made, changed, given roles and links, disabled."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Form, Request, Response

from lodge_core.console.notices import notice_of
from lodge_core.console.router import go_to, router, show
from lodge_core.console.sign_in import told
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import LodgeError, NotFoundError, RefusedError
from lodge_platform.identity import Action, SignedIn, managing
from lodge_platform.identity.managing import UserChanges
from lodge_platform.identity.providers import offered_providers
from lodge_platform.identity.shown import choices_of, people_of, person_of
from lodge_platform.web.rights import Reader, lodge_of, right

PEOPLE = "/console/people"
_Text = Annotated[str, Form(max_length=300)]


@router.get("/people", dependencies=[right(Action.USER_MANAGE)])
def people_page(request: Request, reader: Reader, q: str = "") -> Response:
    """Everybody whom one manages, or whose name holds what was typed."""
    return _list(request, reader, wanted=q.strip()[:100])


@router.post("/people", dependencies=[right(Action.USER_MANAGE)])
def add_person(
    request: Request,
    reader: Reader,
    department_id: Annotated[int, Form()],
    sign_in_name: _Text = "",
    display_name: _Text = "",
    email_address: _Text = "",
) -> Response:
    """Make a user, and go on to give them a role and a link."""
    typed = {
        "sign_in_name": sign_in_name,
        "display_name": display_name,
        "email_address": email_address,
    }
    try:
        with _changing(request, reader) as session:
            user = managing.add_user(session, reader, department_id=department_id, **typed)
            key = user.user_id
    except RefusedError as error:
        return _list(request, reader, error=error, typed=typed)
    return go_to(f"{PEOPLE}/{key}", notice="user_made")


@router.get("/people/{user_id}", dependencies=[right(Action.USER_MANAGE)])
def person_page(
    request: Request, user_id: int, reader: Reader, notice: str | None = None
) -> Response:
    """One user, with what one may do for them."""
    return show_person(request, user_id, reader, notice=notice)


@router.post("/people/{user_id}", dependencies=[right(Action.USER_MANAGE)])
def change_person(
    request: Request,
    user_id: int,
    reader: Reader,
    department_id: Annotated[int, Form()],
    sign_in_name: _Text = "",
    display_name: _Text = "",
    email_address: _Text = "",
) -> Response:
    """Keep the names, the address and the department."""
    changes = UserChanges(
        sign_in_name=sign_in_name,
        display_name=display_name,
        email_address=email_address,
        department_id=department_id,
    )
    return _change(request, user_id, reader, changes, notice="user_kept", part="details")


@router.post("/people/{user_id}/disable", dependencies=[right(Action.USER_MANAGE)])
def disable_person(request: Request, user_id: int, reader: Reader) -> Response:
    """The user signs in no more and is signed out everywhere."""
    changes = UserChanges(is_active=False)
    return _change(request, user_id, reader, changes, notice="user_disabled", part="access")


@router.post("/people/{user_id}/enable", dependencies=[right(Action.USER_MANAGE)])
def enable_person(request: Request, user_id: int, reader: Reader) -> Response:
    """The user may sign in again."""
    changes = UserChanges(is_active=True)
    return _change(request, user_id, reader, changes, notice="user_enabled", part="access")


def show_person(
    request: Request,
    user_id: int,
    reader: SignedIn,
    *,
    notice: str | None = None,
    part: str | None = None,
    error: LodgeError | None = None,
    **more: Any,
) -> Response:
    """The page of a user; `error` stands at the `part` whose form it belongs to."""
    lodge = lodge_of(request)
    person = person_of(lodge, reader, user_id)
    values: dict[str, object] = {
        "title": person.display_name,
        "here": f"{PEOPLE}/{user_id}",
        "notice": notice_of(notice),
        "person": person,
        "choices": choices_of(lodge, reader),
        "providers": offered_providers(lodge),
        "is_oneself": user_id == reader.user_id,
        "part": part,
        "said": told(error) if error else None,
        "link": None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return show(request, "person.html", values | more, status=status)


def _change(
    request: Request,
    user_id: int,
    reader: SignedIn,
    changes: UserChanges,
    *,
    notice: str,
    part: str,
) -> Response:
    try:
        with _changing(request, reader) as session:
            user = managing.user_to_change(session, reader, user_id)
            managing.change_user(session, reader, user, changes)
    except NotFoundError:
        raise
    except RefusedError as error:
        return show_person(request, user_id, reader, part=part, error=error)
    return go_to(f"{PEOPLE}/{user_id}", notice=notice)


def _changing(request: Request, reader: SignedIn) -> Any:
    return change_configuration(lodge_of(request).stores.master, by=reader.name, now=utc_now())


def _list(
    request: Request,
    reader: SignedIn,
    *,
    wanted: str = "",
    error: LodgeError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    lodge = lodge_of(request)
    values: dict[str, object] = {
        "title": "People",
        "here": PEOPLE,
        "wanted": wanted,
        "people": people_of(lodge, reader, wanted),
        "choices": choices_of(lodge, reader),
        "typed": typed or dict.fromkeys(("sign_in_name", "display_name", "email_address"), ""),
        "said": told(error) if error else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return show(request, "people.html", values, status=status)
