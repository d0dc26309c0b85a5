"""Seats at sign-in: whoever can work a media takes one of its seats while signed in."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text

from lodge_platform.errors import RefusedError
from lodge_platform.identity.actions import Action
from lodge_platform.identity.entitlements import entitlements
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import (
    Department,
    MediaRoutingDomain,
    Queue,
    RoleAction,
    SkillGroupMember,
    User,
    UserRole,
    UserSession,
)
from lodge_platform.vocabulary import Media

_LOCK = 4_610_031  # any number, as long as nobody else takes it
_WORDS = {Media.EMAIL: "e-mail", Media.CHAT: "chat", Media.CALLBACK: "callbacks"}


class NoSeatError(RefusedError):
    """Every seat for a kind of work is taken; the message says how many and when one is free."""


def take_seat(lodge: Lodge, connection: Connection, user_id: int, now: datetime) -> None:
    """Let the user begin a session in this writing transaction. Raises NoSeatError, SetUpError.

    Who signs in a second time, or can work none of the limited media, takes no further seat.
    """
    limits = entitlements(lodge.settings)
    if not limits:
        return
    if not lodge.stores.master.is_sqlite:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    ends = _ends_of_living(lodge, connection, now)
    for media, seats in limits.items():
        able = _able(connection, media)
        if user_id not in able:
            continue
        if seats.named is not None and able.index(user_id) >= seats.named:
            raise NoSeatError(_named(media, seats.named, len(able)))
        taken = {other: ends[other] for other in able if other in ends and other != user_id}
        if seats.concurrent is not None and len(taken) >= seats.concurrent:
            raise NoSeatError(_concurrent(media, seats.concurrent, taken))


def _able(connection: Connection, media: Media) -> list[int]:
    """Active users who may work and whose skill group serves a queue of that media, by key."""
    statement = (
        select(User.user_id)
        .join(UserRole, UserRole.user_id == User.user_id)
        .join(Department, Department.department_id == UserRole.department_id)
        .join(RoleAction, RoleAction.role_id == UserRole.role_id)
        .join(SkillGroupMember, SkillGroupMember.user_id == User.user_id)
        .join(Queue, Queue.skill_group_id == SkillGroupMember.skill_group_id)
        .join(
            MediaRoutingDomain,
            MediaRoutingDomain.media_routing_domain_id == Queue.media_routing_domain_id,
        )
        .where(
            User.is_active,
            Department.is_active,
            Queue.is_active,
            RoleAction.action == Action.ACTIVITY_WORK.value,
            MediaRoutingDomain.media == media,
        )
        .distinct()
        .order_by(User.user_id)
    )
    return list(connection.execute(statement).scalars())


def _ends_of_living(lodge: Lodge, connection: Connection, now: datetime) -> dict[int, datetime]:
    """When the last session of each user who is signed in ends, if nobody does anything more."""
    idle = timedelta(hours=lodge.settings.session_hours) / 2
    statement = select(UserSession.user_id, UserSession.expires_at, UserSession.seen_at).where(
        UserSession.ended_at.is_(None),
        UserSession.expires_at > now,
        UserSession.seen_at > now - idle,
    )
    ends: dict[int, datetime] = {}
    for row in connection.execute(statement):
        end = min(row.expires_at, row.seen_at + idle)
        ends[row.user_id] = max(end, ends.get(row.user_id, end))
    return ends


def _named(media: Media, seats: int, able: int) -> str:
    return (
        f"there are {seats} named seats for {_WORDS[media]}, and {able} people can work it; yours "
        "is one too many. An administrator frees a seat by disabling somebody or taking a skill "
        "group away"
    )


def _concurrent(media: Media, seats: int, taken: Mapping[int, datetime]) -> str:
    noun = "seat" if seats == 1 else "seats"
    verb = "is" if seats == 1 else "are"
    if not seats:
        return f"there is no seat for {_WORDS[media]}; the entitlement file gives none"
    free_at = min(taken.values()).strftime("%Y-%m-%d %H:%M")
    return (
        f"all {seats} {noun} for {_WORDS[media]} {verb} taken. One is free as soon as somebody "
        f"signs out, or at {free_at} UTC if nobody does and those signed in rest"
    ).replace("all 1 seat ", "the only seat ")
