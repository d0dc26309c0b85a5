"""What people say of an activity: its fields, whether it is pinned, how it is classified."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Row

from lodge_core.activities.classes import active_categories, active_resolution_codes
from lodge_core.activities.holding import agent_of, refuse_held_by_others, situation
from lodge_core.attributes import checked_attributes, definitions_of, with_attributes
from lodge_core.routing.claims import context_of, lock_activity
from lodge_platform.api.matching import refuse_stale
from lodge_platform.clock import as_utc
from lodge_platform.errors import ConflictError, RefusedError
from lodge_platform.events.of_activities import (
    ActivityChanges,
    ActivityClassified,
    ActivityEdited,
    ActivityPinned,
    ActivityUnpinned,
    Change,
)
from lodge_platform.events.work import Work
from lodge_platform.messaging.topics import Topic
from lodge_platform.vocabulary import ActivityStatus, Media

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
HIGHEST, LOWEST = 1, 7


class ActivityEdit(msgspec.Struct, frozen=True, kw_only=True):
    """New values of the fields that are given; None empties a field that can be empty."""

    subject: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    subtype: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    priority: int | UnsetType = UNSET
    due_at: datetime | UnsetType | None = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET


def edit(
    work: Work,
    activity_id: int,
    wanted: ActivityEdit,
    *,
    expected: int | None = None,
    is_whole: bool = False,
) -> None:
    """Change the given fields; `is_whole` takes the given custom attributes in place of all.

    The subject of what came from outside stays as it came. Raises StaleError, RefusedError.
    """
    activity = lock_activity(work.connection, activity_id)
    refuse_stale(activity, expected)
    changes = _changes(work, activity, wanted, is_whole=is_whole)
    if "subject" in changes and activity.media is not Media.TASK:
        raise RefusedError(
            f"the subject of an activity of media {activity.media.value} stays as it came",
            field="subject",
            allowed=[activity.subject],
        )
    if changes:
        work.record(
            ActivityEdited(changes=ActivityChanges(**changes)), activity_id, **context_of(activity)
        )
        work.flush()
        work.wakes(Topic.ACTIVITY_CHANGED)


def pin(
    work: Work,
    activity_id: int,
    *,
    is_pinned: bool = True,
    is_others_too: bool = False,
    expected: int | None = None,
) -> None:
    """Let an activity stay with its agent when the agent signs out, or no longer.

    Raises ConflictError when nobody holds it, ForbiddenError when another agent does, unless
    `is_others_too`.
    """
    activity = lock_activity(work.connection, activity_id)
    refuse_stale(activity, expected)
    if activity.status is not ActivityStatus.ASSIGNED:
        raise ConflictError(f"activity {activity_id} is {situation(activity)}; nobody holds it")
    refuse_held_by_others(activity, agent_id=agent_of(work), is_others_too=is_others_too)
    if activity.is_pinned is not is_pinned:
        happened = ActivityPinned() if is_pinned else ActivityUnpinned()
        work.record(happened, activity_id, **context_of(activity))
        work.flush()
        work.wakes(Topic.ACTIVITY_CHANGED)


def classify(
    work: Work,
    activity_id: int,
    *,
    category_ids: Collection[int] | None = None,
    resolution_code_ids: Collection[int] | None = None,
    expected: int | None = None,
) -> None:
    """Give an activity these categories and codes in place of the old; None leaves them.

    They are active ones of its department; what it has already may stay. Raises RefusedError
    naming those that may be given.
    """
    activity = lock_activity(work.connection, activity_id)
    refuse_stale(activity, expected)
    categories = _kept(activity.category_ids, category_ids)
    codes = _kept(activity.resolution_code_ids, resolution_code_ids)
    master = work.lodge.stores.master
    _refuse_unknown(
        "category_ids",
        set(categories) - set(activity.category_ids),
        allowed=active_categories(master, activity.department_id),
    )
    _refuse_unknown(
        "resolution_code_ids",
        set(codes) - set(activity.resolution_code_ids),
        allowed=active_resolution_codes(master, activity.department_id),
    )
    if (categories, codes) == (activity.category_ids, activity.resolution_code_ids):
        return
    work.record(
        ActivityClassified(
            old_category_ids=activity.category_ids,
            new_category_ids=categories,
            old_resolution_code_ids=activity.resolution_code_ids,
            new_resolution_code_ids=codes,
        ),
        activity_id,
        **context_of(activity),
    )
    work.flush()
    work.wakes(Topic.ACTIVITY_CHANGED)


def _changes(
    work: Work, activity: Row[Any], wanted: ActivityEdit, *, is_whole: bool
) -> dict[str, Change[Any]]:
    given: dict[str, Any] = {
        name: value
        for name in wanted.__struct_fields__
        if (value := getattr(wanted, name)) is not UNSET
    }
    if isinstance(wanted.due_at, datetime):
        given["due_at"] = as_utc(wanted.due_at)
    if isinstance(wanted.priority, int) and not HIGHEST <= wanted.priority <= LOWEST:
        words = [str(rank) for rank in range(HIGHEST, LOWEST + 1)]
        raise RefusedError("a priority is a rank from 1 to 7", field="priority", allowed=words)
    if isinstance(wanted.language, str) and not _LANGUAGE.fullmatch(wanted.language):
        raise RefusedError("a language is a BCP 47 tag such as de or pt-BR", field="language")
    if isinstance(wanted.attributes, dict):
        definitions = definitions_of(work.lodge.stores.master)
        checked = checked_attributes(definitions, "activity", wanted.attributes)
        given["attributes"] = with_attributes({} if is_whole else activity.attributes, checked)
    row = activity._mapping  # pyright: ignore[reportPrivateUsage] - SQLAlchemy's public name
    return {
        name: Change(old=row[name], new=value)
        for name, value in given.items()
        if row[name] != value
    }


def _kept(present: list[int], given: Collection[int] | None) -> list[int]:
    return present if given is None else sorted(set(given))


def _refuse_unknown(field: str, asked: Iterable[int], *, allowed: Collection[int]) -> None:
    unknown = sorted(set(asked) - set(allowed))
    if unknown:
        named = ", ".join(map(str, unknown))
        raise RefusedError(
            f"not active ones of the activity's department: {named}",
            field=field,
            allowed=[str(key) for key in sorted(allowed)],
        )
