"""The application, assembled from the entry points `lodge.routes`; no right, no start."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import entry_points

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from lodge_platform.api.assembly import operation_rows, operations_of, registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.api.door import Door, Service
from lodge_platform.api.doorways import Doorway, doorway_rows, registered_doorways
from lodge_platform.api.operation import Api, Operation
from lodge_platform.errors import SetUpError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.rights import RightsRow, row
from lodge_platform.lodge import Lodge
from lodge_platform.web import health
from lodge_platform.web.guards import Guards
from lodge_platform.web.headers import SecurityHeaders
from lodge_platform.web.live import Live
from lodge_platform.web.problems import answer_errors
from lodge_platform.web.rights import Right
from lodge_platform.web.static import static_router


def create_application(
    lodge: Lodge,
    routers: Iterable[APIRouter] | None = None,
    apis: Iterable[Api] | None = None,
    doorways: Iterable[Doorway] | None = None,
) -> FastAPI:
    """The web application on `lodge`, with the registered routers, resources of the API and
    doorways unless others are given; given routers alone, it has neither API nor doorways.

    Raises SetUpError for a route that declares no action, or two of the same address.
    """
    given = list(registered_routers() if routers is None else routers)
    if apis is None:
        apis = registered_apis() if routers is None else ()
    if doorways is None:
        doorways = registered_doorways() if routers is None else ()
    opened = list(doorways)
    described = list(apis)
    operations = operations_of([*described, *own_apis(described)])
    for _ in route_rows(given, operations, opened):  # refuses what declares nothing
        pass
    live = Live(lodge)
    service = Service(lodge, operations)
    answering = {doorway.prefix: doorway.build(lodge, service.admit) for doorway in opened}

    @asynccontextmanager
    async def lifespan(_application: FastAPI) -> AsyncGenerator[None]:
        yield
        for each in answering.values():
            each.close()
        service.close()
        await live.close()

    application = FastAPI(
        title="Lodge",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(Door, service=service, doorways=answering),
            Middleware(SecurityHeaders, is_https=lodge.settings.is_https),
            Middleware(Guards),
        ],
    )
    application.state.lodge = lodge
    application.state.live = live
    application.router.routes[:] = _routes(given)
    answer_errors(application)
    return application


def registered_routers() -> list[APIRouter]:
    """The routers of the entry point group `lodge.routes`, in order of name."""
    found: list[APIRouter] = []
    for point in sorted(entry_points(group="lodge.routes"), key=lambda point: point.name):
        router = point.load()
        if not isinstance(router, APIRouter):
            raise SetUpError(f"entry point {point.value} is no fastapi.APIRouter")
        found.append(router)
    return found


def route_rows(
    routers: Iterable[APIRouter],
    operations: Iterable[Operation] = (),
    doorways: Iterable[Doorway] = (),
) -> list[RightsRow]:
    """A row of the rights matrix for each route, operation and way through a doorway, the
    platform's own included."""
    rows = [row("route", f"{method} {path}", action) for path, method, action in _declared(routers)]
    rows += operation_rows(operations)
    rows += doorway_rows(doorways)
    names = [line.name for line in rows]
    for name in names:
        if names.count(name) > 1:
            raise SetUpError(f"route {name} is there twice")
    return rows


def _declared(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, Action]]:
    for route in _routes(routers):
        path = getattr(route, "path", repr(route))
        if not isinstance(route, APIRoute):
            raise SetUpError(f"route {path} is a {type(route).__name__}, whose right is not known")
        actions = [given.action for given in _rights_of(route)]
        if len(actions) != 1:
            raise SetUpError(
                f"route {path} declares {len(actions)} actions instead of one; "
                "register it with dependencies=[right(Action.X)]"
            )
        for method in sorted(route.methods or ()):
            yield path, method, actions[0]


def _rights_of(route: APIRoute) -> Iterator[Right]:
    for dependency in route.dependencies:
        if isinstance(dependency.dependency, Right):
            yield dependency.dependency


def _routes(routers: Iterable[APIRouter]) -> list[BaseRoute]:
    own = (health.router, static_router("", "lodge_platform.web"))
    return [route for router in (*own, *routers) for route in router.routes]
