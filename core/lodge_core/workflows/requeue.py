"""Put a waiting activity in another queue by hand: out of the exception queue, as normal work."""

from datetime import datetime

from lodge_core.routing.claims import context_of, lock_activity
from lodge_core.routing.configuration import configuration_of
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.events import Actor, Recorder
from lodge_platform.events.catalogue import ActivityQueued
from lodge_platform.events.recorder import SYSTEM
from lodge_platform.lodge import Lodge
from lodge_platform.messaging.bus import wake
from lodge_platform.messaging.topics import Topic
from lodge_platform.vocabulary import ActivityStatus, ActorKind


def requeue(
    lodge: Lodge, activity_id: int, queue_id: int, *, by: int | None, now: datetime
) -> None:
    """Move a new or queued activity to a queue of its department; nothing else sets it apart.

    `by` is the user who asked, None for the operator. Raises ConflictError when somebody has
    it, RefusedError for a queue that is inactive or another department's.
    """
    configuration = configuration_of(lodge.stores.master)
    queue = configuration.queue(queue_id)
    if not queue.is_active:
        raise RefusedError(f"queue {queue.name!r} is not active; choose another")
    with lodge.stores.active.write() as connection:
        recorder = Recorder(connection, now=now, configuration_version_id=configuration.version)
        activity = lock_activity(connection, activity_id)
        if activity.department_id != queue.department_id:
            raise RefusedError(
                f"queue {queue.name!r} is another department's than activity {activity_id}"
            )
        if activity.status not in (ActivityStatus.NEW, ActivityStatus.QUEUED):
            raise ConflictError(f"activity {activity_id} is {activity.status.value}, not waiting")
        recorder.record(
            ActivityQueued(queue_id=queue_id, reason="requeued"),
            activity_id,
            actor=Actor(ActorKind.AGENT, by) if by is not None else SYSTEM,
            **context_of(activity, queue_id=queue_id),
        )
        recorder.flush()
    wake(lodge, Topic.ACTIVITY_QUEUED)
