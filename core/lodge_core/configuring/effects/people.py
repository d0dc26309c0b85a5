"""What changed users, roles and skill groups do to people at work and to what acts for them."""

from collections.abc import Iterator
from typing import Any

from lodge_core.configuring.effects.counting import agents_of, count, held_by, waiting_in
from lodge_platform.configuring.effects import Difference, Effect, counted
from lodge_platform.configuring.rows import Rows
from lodge_platform.schema.master import (
    ApiKey,
    Department,
    Queue,
    Role,
    RoleAction,
    SkillGroup,
    SkillGroupMember,
    User,
    UserRole,
    UserRoleQueue,
    UserSession,
)

_SESSIONS = UserSession.__table__
_KEYS = ApiKey.__table__
# Department, queue or None for all of it, action.
_Right = tuple[int, int | None, str]


def of_users(difference: Difference) -> Iterator[Effect]:
    """Sessions that end, keys that die, work that comes back, rights that go."""
    for user_id in sorted(_concerned(difference)):
        old = difference.before.of(User).get(user_id)
        new = difference.after.of(User).get(user_id)
        if old is None or not old["is_active"]:
            continue
        name, figures = old["sign_in_name"], _living(difference, user_id)
        held, sessions, keys = figures["held"], figures["sessions"], figures["api_keys"]
        if new is None or not new["is_active"]:
            said = (
                f"user {name} may not sign in any more: {counted(sessions, 'session')} end, "
                f"{counted(keys, 'API key')} are revoked for good, "
                f"{counted(held, 'activity')} held go back"
            )
            yield Effect("user_off", "user", name, said, figures)
            continue
        before, after = rights(difference.before, user_id), rights(difference.after, user_id)
        if before == after:
            continue
        lost = _named(difference.before, before - after)
        said = f"rights of {name} change: {counted(sessions, 'session')} end"
        if lost:
            said += f"; no longer: {'; '.join(lost)}"
            said += f"; {counted(keys, 'API key')} may no more than that" if keys else ""
        yield Effect("user_rights", "user", name, said, figures | {"lost": lost})


def _concerned(difference: Difference) -> set[int]:
    found = {key for key, _, _ in difference.changed(User)}
    for rows in (difference.before, difference.after):
        grants = rows.of(UserRole)
        for key, old, new in difference.changed(UserRole):
            found |= {values["user_id"] for values in (old, new) if values and key}
        for _, old, new in difference.changed(UserRoleQueue):
            for values in (old, new):
                if values and values["user_role_id"] in grants:
                    found.add(grants[values["user_role_id"]]["user_id"])
    return found


def _living(difference: Difference, user_id: int) -> dict[str, Any]:
    now = difference.now
    return {
        "held": held_by(difference.active, user_id),
        "sessions": count(
            difference.master,
            _SESSIONS,
            _SESSIONS.c.user_id == user_id,
            _SESSIONS.c.ended_at.is_(None),
            _SESSIONS.c.expires_at > now,
        ),
        "api_keys": count(
            difference.master,
            _KEYS,
            _KEYS.c.user_id == user_id,
            _KEYS.c.revoked_at.is_(None),
            _KEYS.c.expires_at > now,
        ),
    }


def rights(rows: Rows, user_id: int) -> set[_Right]:
    """What the user may do where, under this configuration."""
    found: set[_Right] = set()
    for grant in rows.related(UserRole, "user_id", user_id):
        department_id = grant["department_id"]
        if not rows.of(Department)[department_id]["is_active"]:
            continue
        narrowed = rows.related(UserRoleQueue, "user_role_id", grant["user_role_id"])
        queues: list[int | None] = [one["queue_id"] for one in narrowed] or [None]
        for action in rows.related(RoleAction, "role_id", grant["role_id"]):
            found |= {(department_id, queue_id, action["action"]) for queue_id in queues}
    return found


def _named(rows: Rows, found: set[_Right]) -> list[str]:
    places: dict[str, list[str]] = {}
    for department_id, queue_id, action in found:
        where = rows.name("departments", department_id) or ""
        if queue_id is not None:
            where = f"queue {rows.name('queues', queue_id)}"
        places.setdefault(where, []).append(action)
    return [f"{', '.join(sorted(actions))} in {where}" for where, actions in sorted(places.items())]


def of_roles(difference: Difference) -> Iterator[Effect]:
    """Roles that allow something else than before: whom that concerns."""
    concerned: dict[int, tuple[set[str], set[str]]] = {}
    for _, old, new in difference.changed(RoleAction):
        for values, number in ((old, 0), (new, 1)):
            if values:
                pair = concerned.setdefault(values["role_id"], (set(), set()))
                pair[number].add(values["action"])
    for role_id, (lost, won) in sorted(concerned.items()):
        role = difference.after.of(Role).get(role_id) or difference.before.of(Role)[role_id]
        users = {one["user_id"] for one in difference.before.related(UserRole, "role_id", role_id)}
        lost, won = lost - won, won - lost
        if not users:
            continue
        sessions = count(
            difference.master,
            _SESSIONS,
            _SESSIONS.c.user_id.in_(users),
            _SESSIONS.c.ended_at.is_(None),
            _SESSIONS.c.expires_at > difference.now,
        )
        said = f"role {role['name']} of {counted(len(users), 'user')}"
        said += f" allows no longer {', '.join(sorted(lost))}" if lost else ""
        said += f"{' and' if lost else ''} allows newly {', '.join(sorted(won))}" if won else ""
        said += f"; {counted(sessions, 'session')} end"
        figures = {"users": len(users), "sessions": sessions, "lost": sorted(lost)}
        yield Effect("role_actions", "role", role["name"], said, figures)


def of_skill_groups(difference: Difference) -> Iterator[Effect]:
    """Skill groups with other agents than before: whose work waits for them."""
    groups = {
        values["skill_group_id"]
        for _, old, new in difference.changed(SkillGroupMember)
        for values in (old, new)
        if values
    }
    for key in sorted(groups & difference.before.of(SkillGroup).keys()):
        before, after = agents_of(difference.before, key), agents_of(difference.after, key)
        queues = difference.after.related(Queue, "skill_group_id", key)
        waiting = sum(waiting_in(difference.active, queue["queue_id"]) for queue in queues)
        if before == after or not queues:
            continue
        name = difference.before.of(SkillGroup)[key]["name"]
        said = (
            f"skill group {name}: {len(before - after)} agents leave, {len(after - before)} join, "
            f"{len(after)} serve {', '.join(sorted(queue['name'] for queue in queues))}, where "
            f"{counted(waiting, 'activity')} wait"
        )
        figures = {
            "leave": len(before - after),
            "join": len(after - before),
            "agents": len(after),
            "waiting": waiting,
        }
        yield Effect("skill_group_agents", "skill group", name, said, figures)
