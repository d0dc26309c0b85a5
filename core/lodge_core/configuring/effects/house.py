"""What changed departments, domains, services and identity providers do to live work."""

from collections.abc import Iterator

from sqlalchemy import func, select

from lodge_core.configuring.effects.counting import ACTIVITIES, OPEN, count
from lodge_core.routing.claims import HELD
from lodge_platform.configuring.effects import Difference, Effect, counted
from lodge_platform.configuring.kind import Values
from lodge_platform.schema.master import (
    Department,
    IdentityProvider,
    MediaRoutingDomain,
    Queue,
    ServiceInstance,
    User,
    UserIdentity,
    UserRole,
)
from lodge_platform.vocabulary import DesiredState

_IDENTITIES = UserIdentity.__table__
_USERS = User.__table__


def of_departments(difference: Difference) -> Iterator[Effect]:
    """Departments that close: rights in them count no more, their open work stays."""
    for key, old, new in difference.changed(Department):
        if old is None or not old["is_active"] or (new is not None and new["is_active"]):
            continue
        being = count(
            difference.active,
            ACTIVITIES,
            ACTIVITIES.c.department_id == key,
            ACTIVITIES.c.status.in_(OPEN),
        )
        grants = difference.before.related(UserRole, "department_id", key)
        users = {grant["user_id"] for grant in grants}
        said = (
            f"department {old['name']} closes: {counted(len(users), 'user')} lose their rights in "
            f"it and {counted(being, 'open activity')} can be worked by nobody"
        )
        figures = {"users": len(users), "open": being}
        yield Effect("department_off", "department", old["name"], said, figures)


def of_domains(difference: Difference) -> Iterator[Effect]:
    """Task limits that agents are above already, and offers that keep their time."""
    for key, old, new in difference.changed(MediaRoutingDomain):
        if old is None or new is None:
            continue
        name = new["name"]
        if old["task_limit"] != new["task_limit"]:
            queues = difference.after.related(Queue, "media_routing_domain_id", key)
            above = _holding_more(difference, [one["queue_id"] for one in queues], new)
            said = (
                f"media routing domain {name}: {counted(above, 'agent')} hold more than "
                f"{new['task_limit']} now; they keep it and get nothing new until they hold less"
            )
            yield Effect("task_limit", "media routing domain", name, said, {"above": above})
        if old["offer_seconds"] != new["offer_seconds"]:
            said = f"media routing domain {name}: offers that are out keep their time"
            yield Effect("offer_seconds", "media routing domain", name, said, {})


def _holding_more(difference: Difference, queue_ids: list[int], new: Values) -> int:
    limit: int = new["task_limit"]
    holding = (
        select(ACTIVITIES.c.agent_id)
        .where(ACTIVITIES.c.status.in_(HELD), ACTIVITIES.c.queue_id.in_(queue_ids))
        .group_by(ACTIVITIES.c.agent_id)
        .having(func.count() > limit)
    )
    return len(difference.active.execute(holding).all())


def of_service_instances(difference: Difference) -> Iterator[Effect]:
    """Service instances that stop."""
    for _, old, new in difference.changed(ServiceInstance):
        if old is None or old["desired_state"] is not DesiredState.RUNNING:
            continue
        if new is None or new["desired_state"] is not DesiredState.RUNNING:
            said = f"service instance {old['name']} stops; what it does is not done until it runs"
            yield Effect("service_off", "service instance", old["name"], said, {})


def of_identity_providers(difference: Difference) -> Iterator[Effect]:
    """Providers by which nobody signs in any more, and who has no other way."""
    for key, old, new in difference.changed(IdentityProvider):
        if old is None or not old["is_active"]:
            continue
        linked = _IDENTITIES.c.identity_provider_id == key
        users = count(difference.master, _IDENTITIES, linked)
        stranded = count(
            difference.master,
            _IDENTITIES.join(_USERS, _USERS.c.user_id == _IDENTITIES.c.user_id),
            linked,
            _USERS.c.password_hash.is_(None),
        )
        figures, name = {"users": users, "without_password": stranded}, old["name"]
        if new is None or not new["is_active"]:
            said = (
                f"nobody signs in by {name} any more: {counted(users, 'account')} linked, "
                f"{stranded} of them without a password"
            )
            yield Effect("provider_off", "identity provider", name, said, figures)
        elif (old["issuer"], old["client_id"]) != (new["issuer"], new["client_id"]):
            said = f"{counted(users, 'account')} linked at {name} are looked for at {new['issuer']}"
            yield Effect("provider_moved", "identity provider", name, said, figures)
