"""How Lodge is: each service instance, how fresh the reports are, what waits, what is wrong."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from lodge_platform.errors import SetUpError
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import ServiceInstance, ServiceLease
from lodge_platform.services.health_file import Health, read_health
from lodge_platform.services.links_shown import LinksStatus, read_links
from lodge_platform.services.waiting import Waiting, read_waiting
from lodge_platform.services.warnings_shown import read_warnings
from lodge_platform.settings import Settings
from lodge_platform.stores.published import last_published
from lodge_platform.vocabulary import DesiredState


@dataclass(frozen=True)
class ServiceStatus:
    """One service instance. `state`: running, failing, stopped, not running, or what it waits for.

    `last_error` is what is wrong now; empty when the last round went well.
    """

    name: str
    process_name: str
    host_name: str | None
    is_automatic: bool
    desired_state: str
    state: str
    holder: str | None
    started_at: datetime | None
    heartbeat_at: datetime | None
    last_success_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    failures_in_row: int


@dataclass(frozen=True)
class Status:
    """All of it; `problems` are sentences a person should act on, worst first."""

    services: list[ServiceStatus]
    fresh_to: datetime | None
    published_at: datetime | None
    waiting: Waiting
    links: LinksStatus
    problems: list[str]
    warnings: list[str]


def read_status(lodge: Lodge, now: datetime) -> Status:
    """How Lodge is at `now`. Raises TryAgainError when a store is away."""
    services = read_services(lodge, now)
    with lodge.stores.master.read() as connection:
        fresh_to, published_at = _freshness(connection)
        warnings = read_warnings(connection, lodge.settings)
    with lodge.stores.active.read() as active, lodge.stores.master.read() as master:
        waiting = read_waiting(active, master, now=now)
        links, of_links = read_links(active)
    of_services = [_problem(one) for one in services if _is_wrong(one)]
    problems = [*of_services, *waiting.problems(now), *of_links]
    return Status(services, fresh_to, published_at, waiting, links, problems, warnings)


def read_services(lodge: Lodge, now: datetime) -> list[ServiceStatus]:
    """Every service instance, as the registry and, for this home, its processes have it."""
    lease = ServiceLease
    statement = (
        select(
            ServiceInstance.name,
            ServiceInstance.process_name,
            ServiceInstance.host_name,
            ServiceInstance.is_automatic,
            ServiceInstance.desired_state,
            lease.holder,
            lease.expires_at,
            lease.started_at,
            lease.heartbeat_at,
            lease.last_success_at,
            lease.last_error,
            lease.last_error_at,
            lease.failures_in_row,
        )
        .outerjoin(lease, lease.service_instance_id == ServiceInstance.service_instance_id)
        .order_by(ServiceInstance.name)
    )
    with lodge.stores.master.read() as connection:
        rows = connection.execute(statement).all()
    said = {one.name: one for one in home_health(lodge.settings, now)}
    return [_with_health(_service(row, now), said.get(row.name)) for row in rows]


def home_health(settings: Settings, now: datetime) -> list[Health]:
    """What the processes of this home say themselves, if they said it lately.

    It is all there is to say while the master store is away.
    """
    return [
        one
        for one in read_health(settings.home)
        if (now - datetime.fromisoformat(one.at)).total_seconds() < _LATELY_SECONDS
    ]


_LATELY_SECONDS = 120


def _service(row: Any, now: datetime) -> ServiceStatus:
    is_held = row.holder is not None and row.expires_at > now
    if row.desired_state is DesiredState.STOPPED:
        state = "stopping" if is_held else "stopped"
    elif not is_held:
        state = "not running"
    else:
        state = "failing" if row.last_error else "running"
    return ServiceStatus(
        name=row.name,
        process_name=row.process_name,
        host_name=row.host_name,
        is_automatic=row.is_automatic,
        desired_state=row.desired_state.value,
        state=state,
        holder=row.holder if is_held else None,
        started_at=row.started_at if is_held else None,
        heartbeat_at=row.heartbeat_at,
        last_success_at=row.last_success_at,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
        failures_in_row=row.failures_in_row or 0,
    )


def _with_health(service: ServiceStatus, health: Health | None) -> ServiceStatus:
    """The registry may not have heard of a failure when it is the store that fails."""
    if health is None or health.last_error is None or health.last_error_at is None:
        return service
    at = datetime.fromisoformat(health.last_error_at)
    if service.last_error_at is not None and service.last_error_at >= at:
        return service
    if service.last_success_at is not None and service.last_success_at >= at:
        return service
    return replace(
        service,
        state="failing",
        last_error=health.last_error,
        last_error_at=at,
        failures_in_row=health.failures_in_row,
    )


def _is_wrong(service: ServiceStatus) -> bool:
    if service.last_error:
        return service.desired_state == DesiredState.RUNNING
    is_wanted = service.desired_state == DesiredState.RUNNING and service.is_automatic
    return is_wanted and service.state == "not running" and service.heartbeat_at is not None


def _problem(service: ServiceStatus) -> str:
    if service.last_error:
        return f"{service.name}: {service.last_error}"
    return f"{service.name}: nobody runs it; start `lodge up`"


def _freshness(connection: Connection) -> tuple[datetime | None, datetime | None]:
    try:
        published = last_published(connection)
    except SetUpError:
        return None, None
    return published.landed_at, published.published_at
