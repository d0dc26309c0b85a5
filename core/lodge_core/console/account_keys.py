"""One's own API keys: made, shown once, revoked."""

from datetime import timedelta
from typing import Annotated

from fastapi import Form, Request, Response

from lodge_core.console.account import require_fresh, show_account
from lodge_core.console.arriving import ACCOUNT
from lodge_core.console.router import go_to, router
from lodge_platform.clock import utc_now
from lodge_platform.errors import LodgeError
from lodge_platform.identity import Action, make_key, revoke_key
from lodge_platform.web.rights import Reader, lodge_of, right


@router.post("/account/keys", dependencies=[right(Action.KEY_OWN)])
def take_key(
    request: Request,
    reader: Reader,
    name: Annotated[str, Form(max_length=200)] = "",
    days: Annotated[int, Form(ge=1, le=3660)] = 90,
    action: Annotated[tuple[str, ...], Form()] = (),
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Make a key and show it, this once."""
    lodge, now = lodge_of(request), utc_now()
    try:
        require_fresh(request, reader, password)
        ends = now + timedelta(days=days)
        made = make_key(lodge, reader, name=name, actions=action, expires_at=ends, now=now)
    except LodgeError as error:
        return show_account(
            request, reader, part="keys", error=error, key_name=name, key_actions=action
        )
    return show_account(request, reader, new_key=made.key)


@router.post("/account/keys/{api_key_id}/revoke", dependencies=[right(Action.KEY_OWN)])
def end_key(request: Request, api_key_id: int, reader: Reader) -> Response:
    """Revoke a key."""
    revoke_key(lodge_of(request), reader, api_key_id, now=utc_now())
    return go_to(ACCOUNT, notice="revoked")
