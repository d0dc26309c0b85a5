"""What one does for a user's way in: roles, links, accounts, second factor, sessions."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from lodge_core.console.people import PEOPLE, show_person
from lodge_core.console.router import go_to, router
from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.errors import NotFoundError, RefusedError
from lodge_platform.identity import Action, SignedIn, managing
from lodge_platform.web.rights import Reader, lodge_of, right


@router.post("/people/{user_id}/roles", dependencies=[right(Action.USER_MANAGE)])
def grant_role(
    request: Request,
    user_id: int,
    reader: Reader,
    role_id: Annotated[int, Form()],
    department_id: Annotated[int, Form()],
    queue_id: Annotated[tuple[int, ...], Form()] = (),
) -> Response:
    """Grant a role in a department, or in some of its queues."""

    def act(session: Session) -> None:
        managing.grant(
            session,
            reader,
            user_id,
            role_id=role_id,
            department_id=department_id,
            queue_ids=queue_id,
        )

    return _do(request, user_id, reader, act, notice="granted", part="roles")


@router.post(
    "/people/{user_id}/roles/{user_role_id}/revoke", dependencies=[right(Action.USER_MANAGE)]
)
def revoke_role(request: Request, user_id: int, user_role_id: int, reader: Reader) -> Response:
    """Take a role away."""

    def act(session: Session) -> None:
        managing.revoke(session, reader, user_id, user_role_id)

    return _do(request, user_id, reader, act, notice="revoked_role", part="roles")


@router.post("/people/{user_id}/link", dependencies=[right(Action.USER_MANAGE)])
def hand_out_link(request: Request, user_id: int, reader: Reader) -> Response:
    """Show a link, this once, by which the user sets a password."""
    scheme = "https" if lodge_of(request).settings.is_https else "http"
    start = f"{scheme}://{request.headers.get('host', '')}/console/link/"

    def act(session: Session) -> str:
        token, _ = managing.hand_out_link(session, reader, user_id)
        return start + token

    return _do(request, user_id, reader, act, part="access")


@router.post("/people/{user_id}/identities", dependencies=[right(Action.USER_MANAGE)])
def link_account(
    request: Request,
    user_id: int,
    reader: Reader,
    identity_provider_id: Annotated[int, Form()],
    subject: Annotated[str, Form(max_length=255)] = "",
) -> Response:
    """Let an account at a provider sign the user in."""

    def act(session: Session) -> None:
        provider_id = identity_provider_id
        managing.link_identity(session, reader, user_id, provider_id=provider_id, subject=subject)

    return _do(request, user_id, reader, act, notice="user_kept", part="access")


@router.post("/people/{user_id}/second-factor/reset", dependencies=[right(Action.USER_MANAGE)])
def reset_factor(request: Request, user_id: int, reader: Reader) -> Response:
    """Take the second factor of somebody who lost it away."""

    def act(session: Session) -> None:
        managing.reset_second_factor(session, reader, user_id)

    return _do(request, user_id, reader, act, notice="factor_reset", part="access")


@router.post("/people/{user_id}/sign-out", dependencies=[right(Action.USER_MANAGE)])
def sign_out_person(request: Request, user_id: int, reader: Reader) -> Response:
    """Sign a user out everywhere."""

    def act(session: Session) -> None:
        managing.end_sessions_of_user(session, reader, user_id)

    return _do(request, user_id, reader, act, notice="signed_out", part="access")


def _do(
    request: Request,
    user_id: int,
    reader: SignedIn,
    act: Callable[[Session], Any],
    *,
    part: str,
    notice: str | None = None,
) -> Response:
    """Do it in one transaction; without a notice its result is a link to be shown once."""
    master = lodge_of(request).stores.master
    try:
        with change_configuration(master, by=reader.name, now=utc_now()) as session:
            made = act(session)
    except NotFoundError:
        raise
    except RefusedError as error:
        return show_person(request, user_id, reader, part=part, error=error)
    if notice is None:
        return show_person(request, user_id, reader, link=made)
    return go_to(f"{PEOPLE}/{user_id}", notice=notice)
