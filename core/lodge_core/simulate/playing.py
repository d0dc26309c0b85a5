"""Play the demonstration's past in a home, once."""

from datetime import datetime

from sqlalchemy import select

from lodge_core.simulate.hours import midnight_of
from lodge_core.simulate.hurrying import hurried
from lodge_core.simulate.past import Past, Played, Progress
from lodge_core.simulate.set_up import (
    BY,
    apply_demonstration,
    has_past,
    prepare_home,
    refuse_home_in_use,
)
from lodge_core.simulate.shop import open_shop
from lodge_core.simulate.traffic import NAME
from lodge_platform.configuration import change_configuration
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import close_bus_of
from lodge_platform.schema.master import ServiceInstance
from lodge_platform.vocabulary import DesiredState


def play_demonstration(
    lodge: Lodge,
    *,
    days: int,
    mails: int,
    agents: int,
    seed: int,
    now: datetime,
    progress: Progress = lambda done, total: None,
) -> Played | None:
    """Make the home if it is missing, play `days` days ending at `now`, let live traffic follow.

    None, with nothing changed, where a demonstration was played before; one that was cut short
    stays as long as it became. Raises RefusedError for a home that is in use. The configuration
    is in force from the first day on.
    """
    start = midnight_of(now, days - 1)
    prepare_home(lodge, now=start)
    if has_past(lodge):
        _let_traffic_follow(lodge, now)
        return None
    refuse_home_in_use(lodge)
    file = apply_demonstration(lodge, agents=agents, now=start)
    past = Past(lodge, file, mails=mails, seed=seed, now=now)
    try:
        with hurried(lodge.stores.active):
            played = past.play(days, progress)
    finally:
        close_bus_of(lodge)
    open_shop(lodge, seed=seed, now=now)
    _let_traffic_follow(lodge, now)
    return played


def _let_traffic_follow(lodge: Lodge, now: datetime) -> None:
    """Only in this home does `lodge up` start the service that plays customers and agents."""
    with change_configuration(lodge.stores.master, by=BY, now=now) as session:
        wanted = select(ServiceInstance).where(ServiceInstance.name == NAME)
        instance = session.scalar(wanted)
        if instance is None:
            session.add(
                ServiceInstance(
                    name=NAME,
                    process_name=NAME,
                    desired_state=DesiredState.RUNNING,
                    is_automatic=True,
                )
            )
        elif not instance.is_automatic:
            instance.desired_state = DesiredState.RUNNING
            instance.is_automatic = True
