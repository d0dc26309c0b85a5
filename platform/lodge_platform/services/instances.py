"""Service instances: which there are, and whether the operator wants them to run."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from lodge_platform.configuration import change_configuration
from lodge_platform.errors import NotFoundError, nearest
from lodge_platform.schema.master import ServiceInstance
from lodge_platform.services.process import ServiceProcess
from lodge_platform.stores import Store
from lodge_platform.vocabulary import DesiredState


@dataclass(frozen=True)
class Instance:
    """One service instance as the registry has it."""

    service_instance_id: int
    name: str
    process_name: str
    host_name: str | None
    is_automatic: bool
    is_wanted: bool

    def may_run_on(self, host_name: str) -> bool:
        """Whether this host may run it."""
        return self.host_name in (None, host_name)


def read_instances(connection: Connection) -> list[Instance]:
    """Every instance, by name."""
    rows = connection.execute(
        select(
            ServiceInstance.service_instance_id,
            ServiceInstance.name,
            ServiceInstance.process_name,
            ServiceInstance.host_name,
            ServiceInstance.is_automatic,
            ServiceInstance.desired_state,
        ).order_by(ServiceInstance.name)
    )
    return [
        Instance(
            service_instance_id=row.service_instance_id,
            name=row.name,
            process_name=row.process_name,
            host_name=row.host_name,
            is_automatic=row.is_automatic,
            is_wanted=row.desired_state is DesiredState.RUNNING,
        )
        for row in rows
    ]


def seed_instances(session: Session, processes: Iterable[ServiceProcess]) -> list[str]:
    """Make an instance for each process that has none, and give the names of the new ones.

    In a session of `change_configuration`; one that does not start by itself begins stopped.
    """
    known = set(session.scalars(select(ServiceInstance.process_name)))
    new = [process for process in processes if process.name not in known]
    for process in new:
        state = DesiredState.RUNNING if process.is_automatic else DesiredState.STOPPED
        session.add(
            ServiceInstance(
                name=process.name,
                process_name=process.name,
                desired_state=state,
                is_automatic=process.is_automatic,
            )
        )
    session.flush()
    return [process.name for process in new]


def want(master: Store, name: str, *, state: DesiredState, by: str, now: datetime) -> bool:
    """Note what the operator wants of instance `name`; gives whether that is a change.

    Raises NotFoundError naming the nearest one.
    """
    with change_configuration(master, by=by, now=now) as session:
        instance = session.scalar(select(ServiceInstance).where(ServiceInstance.name == name))
        if instance is None:
            names = session.scalars(select(ServiceInstance.name)).all()
            raise NotFoundError(f"no service instance {name!r}; {nearest(name, names)}")
        is_change = instance.desired_state is not state
        instance.desired_state = state
        return is_change


def require_known(names: Collection[str], instances: Iterable[Instance]) -> None:
    """Raise NotFoundError for the first of `names` that is no instance."""
    known = {instance.name for instance in instances}
    for name in names:
        if name not in known:
            raise NotFoundError(f"no service instance {name!r}; {nearest(name, known)}")
