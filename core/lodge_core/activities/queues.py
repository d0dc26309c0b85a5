"""Which queue an activity may be put in by hand."""

from collections.abc import Mapping

from lodge_core.routing.configuration import ConfiguredQueue, RoutingConfiguration
from lodge_platform.errors import RefusedError
from lodge_platform.vocabulary import Media

# Tasks may wait among mails, as people do them in the same hours; nothing else mixes.
TAKEN_BY: Mapping[Media, frozenset[Media]] = {
    Media.EMAIL: frozenset({Media.EMAIL}),
    Media.TASK: frozenset({Media.TASK, Media.EMAIL}),
    Media.CHAT: frozenset({Media.CHAT}),
    Media.CALLBACK: frozenset({Media.CALLBACK}),
}


def queue_for(
    configuration: RoutingConfiguration, queue_id: int, *, department_id: int, media: Media
) -> ConfiguredQueue:
    """The active queue of that department that takes such work.

    Raises RefusedError naming the queues that would do.
    """
    fitting = {
        queue.queue_id: queue
        for queue in configuration.queues_of_department(department_id).values()
        if queue.is_active and takes(configuration, queue, media)
    }
    if queue_id not in fitting:
        raise RefusedError(
            f"no active queue {queue_id} that takes {media.value} work of this department",
            field="queue_id",
            allowed=[str(key) for key in sorted(fitting)],
        )
    return fitting[queue_id]


def takes(configuration: RoutingConfiguration, queue: ConfiguredQueue, media: Media) -> bool:
    """Whether work of that media may wait in the queue."""
    domain = configuration.domain(queue.media_routing_domain_id)
    return domain.media in TAKEN_BY[media]
