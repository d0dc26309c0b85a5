"""Users, their roles and their skill groups, brought to what a file says of them."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.orm import Session

from lodge_core.configuring.changes import Change, upsert
from lodge_core.configuring.keys import Keys
from lodge_core.configuring.language import SaidUser
from lodge_core.configuring.reading import ConfigurationFile, Place
from lodge_platform.errors import RefusedError
from lodge_platform.identity.passwords import hash_password, is_password
from lodge_platform.identity.sessions import end_sessions_of
from lodge_platform.identity.users import normal_name
from lodge_platform.schema.master import (
    SkillGroup,
    SkillGroupMember,
    User,
    UserRole,
)
from lodge_platform.secret_values import secret
from lodge_platform.settings import Settings


def apply_skill_groups(session: Session, keys: Keys, file: ConfigurationFile) -> list[Change]:
    """Skill groups by name."""
    changes: list[Change] = []
    for number, said in enumerate(file.said.skill_groups):
        place = file.place("skill_groups", number, "department")
        columns = {
            "name": said.name,
            "department_id": keys.find("department", said.department, place),
        }
        found = session.scalar(select(SkillGroup).where(SkillGroup.name == said.name))
        row, told = upsert(session, found, SkillGroup, columns, word="skill group", name=said.name)
        keys.add("skill group", said.name, row.skill_group_id)
        changes += told
    return changes


def apply_users(
    session: Session, keys: Keys, file: ConfigurationFile, *, settings: Settings, now: datetime
) -> list[Change]:
    """Users by sign-in name; what makes a session untrue ends it."""
    changes: list[Change] = []
    for number, said in enumerate(file.said.users):
        place, name = file.place("users", number), normal_name(said.sign_in_name)
        user = session.scalar(select(User).where(User.sign_in_name == name))
        columns = {
            "sign_in_name": name,
            "display_name": said.display_name,
            "department_id": keys.find("department", said.department, place.at("department")),
            "is_active": said.is_active,
        }
        is_new = user is None
        user, told = upsert(session, user, User, columns, word="user", name=name)
        reasons = ["user_disabled"] if said.is_active is False and told and not is_new else []
        if _set_password(session, user, said, place, settings=settings, is_new=is_new):
            told += [] if is_new else [Change("changed", "user", name, ("password: set anew",))]
            reasons.append("password_changed")
        if granted := _bring_roles(session, keys, said, user, place):
            told += granted
            reasons.append("role_changed")
        told += _bring_groups(session, keys, said, user, place)
        if reasons and not is_new:
            end_sessions_of(session.connection(), [user.user_id], reason=reasons[0], now=now)
        changes += told
    return changes


def _set_password(
    session: Session,
    user: User,
    said: SaidUser,
    place: Place,
    *,
    settings: Settings,
    is_new: bool,
) -> bool:
    """Keep the hash of the password where it is to be set; whether that was a change."""
    if said.password is not None and said.password_secret is not None:
        raise place.refusal("give password or password_secret, not both")
    is_said = said.password is not None or said.password_secret is not None
    if said.reset and not is_said:
        raise place.refusal("reset sets a password anew; give password or password_secret")
    if not is_said or not (is_new or said.reset):
        return False
    password = said.password or secret(settings, said.password_secret or "")
    if user.password_hash is not None and is_password(password, user.password_hash):
        return False
    try:
        user.password_hash = hash_password(password, sign_in_name=user.sign_in_name)
    except RefusedError as error:
        raise place.at("password").refusal(str(error)) from error
    session.flush()
    return True


def _bring_roles(
    session: Session, keys: Keys, said: SaidUser, user: User, place: Place
) -> list[Change]:
    if said.roles is UNSET:
        return []
    wanted: set[tuple[int, int]] = set()
    for number, one in enumerate(said.roles):
        at = place.at("roles", number)
        role, department = (
            (one, said.department) if isinstance(one, str) else (one.role, one.department)
        )
        wanted.add((keys.find("role", role, at), keys.find("department", department, at)))
    held = {
        (row.role_id, row.department_id): row
        for row in session.scalars(select(UserRole).where(UserRole.user_id == user.user_id))
    }
    for key in sorted(wanted - held.keys()):
        session.add(UserRole(user_id=user.user_id, role_id=key[0], department_id=key[1]))
    for key in sorted(held.keys() - wanted):
        session.delete(held[key])
    session.flush()

    def told(key: tuple[int, int]) -> str:
        role, department = keys.name_of("role", key[0]), keys.name_of("department", key[1])
        return f"{user.sign_in_name}: {role} in {department}"

    return [
        *_made("role of user", map(told, sorted(wanted - held.keys()))),
        *_removed("role of user", map(told, sorted(held.keys() - wanted))),
    ]


def _bring_groups(
    session: Session, keys: Keys, said: SaidUser, user: User, place: Place
) -> list[Change]:
    if said.skill_groups is UNSET:
        return []
    wanted = {
        keys.find("skill group", name, place.at("skill_groups", number))
        for number, name in enumerate(said.skill_groups)
    }
    members = select(SkillGroupMember).where(SkillGroupMember.user_id == user.user_id)
    held = {row.skill_group_id: row for row in session.scalars(members)}
    for key in sorted(wanted - held.keys()):
        session.add(SkillGroupMember(user_id=user.user_id, skill_group_id=key))
    for key in sorted(held.keys() - wanted):
        session.delete(held[key])
    session.flush()

    def told(key: int) -> str:
        return f"{user.sign_in_name}: {keys.name_of('skill group', key)}"

    return [
        *_made("skill group of user", map(told, sorted(wanted - held.keys()))),
        *_removed("skill group of user", map(told, sorted(held.keys() - wanted))),
    ]


def _made(kind: str, names: Iterable[str]) -> list[Change]:
    return [Change("made", kind, name) for name in names]


def _removed(kind: str, names: Iterable[str]) -> list[Change]:
    return [Change("removed", kind, name) for name in names]
