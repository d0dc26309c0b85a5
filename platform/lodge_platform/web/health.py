"""Whether the web application lives, and whether the stores behind it are there and migrated."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import SQLAlchemyError

from lodge_platform.errors import LodgeError
from lodge_platform.identity import Action
from lodge_platform.stores import Store, is_migrated
from lodge_platform.web.rights import lodge_of, right

router = APIRouter()


@router.get("/health", dependencies=[right(Action.PUBLIC)])
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready", dependencies=[right(Action.PUBLIC)])
def ready(request: Request) -> Response:
    """The state of each store; 503 unless every one can be worked with."""
    stores = lodge_of(request).stores
    states = {store.name: _state_of(store) for store in (stores.master, stores.active)}
    is_ready = set(states.values()) == {"ready"}
    body = {"status": "ready" if is_ready else "not ready", "stores": states}
    return JSONResponse(body, 200 if is_ready else 503)


@router.get("/", dependencies=[right(Action.PUBLIC)])
async def front() -> Response:
    """The front page is the console."""
    return RedirectResponse("/console/", 303)


def _state_of(store: Store) -> str:
    try:
        return "ready" if is_migrated(store) else "not migrated: run `lodge init`"
    except (LodgeError, SQLAlchemyError):
        return "cannot be reached"
