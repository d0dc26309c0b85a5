"""What `lodge up` does to the registry before it runs: new services in, manual ones at rest."""

from collections.abc import Collection

from sqlalchemy import select

from lodge_platform.clock import utc_now
from lodge_platform.configuration import change_configuration
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import ServiceInstance
from lodge_platform.services import leases
from lodge_platform.services.instances import read_instances, require_known, seed_instances
from lodge_platform.services.process import ServiceProcess
from lodge_platform.vocabulary import DesiredState

_BY = "lodge up"


def prepare(
    lodge: Lodge, processes: dict[str, ServiceProcess], *, only: Collection[str] = ()
) -> None:
    """Make instances for new service processes, and stop what does not start by itself.

    An instance named in `only` is wanted from now on. Raises NotFoundError for one there is not.
    """
    now = utc_now()
    master = lodge.stores.master
    with master.read() as connection:
        instances = read_instances(connection)
        living = leases.living_holders(connection, now=now)
    is_known = processes.keys() <= {instance.process_name for instance in instances}
    to_rest = [one for one in instances if one.is_wanted and not one.is_automatic and not living]
    to_run = [one for one in instances if one.name in only and not one.is_wanted]
    if is_known and not to_rest and not to_run:
        require_known(only, instances)
        return
    with change_configuration(master, by=_BY, now=now) as session:
        seed_instances(session, processes.values())
        for instance in session.scalars(select(ServiceInstance)):
            if instance.name in only:
                instance.desired_state = DesiredState.RUNNING
            elif not instance.is_automatic and not living:
                instance.desired_state = DesiredState.STOPPED
    with master.read() as connection:
        require_known(only, read_instances(connection))
