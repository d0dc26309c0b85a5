"""What an activity has for the parameters of data links, without knowing the room that keeps it."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from lodge_platform.errors import NotFoundError, SetUpError
from lodge_platform.lodge import Lodge

GROUP = "lodge.link_subjects"
Subject = Mapping[str, str | None]


def subject_of_activity(lodge: Lodge, activity_id: int) -> Subject:
    """The values of an activity by the names of SUBJECT.

    Raises NotFoundError for no such activity, SetUpError when no room keeps any.
    """
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not points:
        raise SetUpError("no room has activities for data links; install Lodge whole")
    read: Callable[[Lodge, int], Subject | None] = points[0].load()
    found = read(lodge, activity_id)
    if found is None:
        raise NotFoundError(f"no activity {activity_id}")
    return found
