"""What a new home holds: roles, a department, the first administrator, queues, services.

Each step makes only what is missing, so that it may run again after every upgrade.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lodge_platform.configuration import change_configuration
from lodge_platform.identity.roles import seed_roles
from lodge_platform.identity.users import create_user
from lodge_platform.lodge import Lodge
from lodge_platform.schema.master import Department, MediaRoutingDomain, Queue, User
from lodge_platform.services.instances import seed_instances
from lodge_platform.services.registry import service_processes
from lodge_platform.vocabulary import Media

BY = "lodge init"
EXCEPTION_QUEUE = "Exceptions"
EMAIL_DOMAIN = "E-mail"


@dataclass(frozen=True)
class FirstRows:
    """What was made, by the table's word; nothing when all of it was there."""

    made: list[str] = field(default_factory=list[str])
    department_id: int = 0
    has_user: bool = False


def seed(lodge: Lodge, *, department: str, now: datetime) -> FirstRows:
    """Make the roles, the department, its exception queue, the domain and the instances."""
    made: list[str] = []
    with change_configuration(lodge.stores.master, by=BY, now=now) as session:
        seed_roles(session)
        department_id = _department(session, department, made)
        domain_id = _email_domain(session, made)
        _exception_queue(session, department_id, domain_id, made)
        made += [f"service {n}" for n in seed_instances(session, service_processes().values())]
        has_user = bool(session.scalar(select(func.count()).select_from(User)))
    return FirstRows(made, department_id, has_user)


def seed_administrator(
    lodge: Lodge, name: str, *, password: str, department_id: int, now: datetime
) -> None:
    """Make the first user, who has every right. Raises RefusedError for a poor password."""
    create_user(
        lodge,
        name,
        display_name=name.strip().capitalize(),
        department_id=department_id,
        password=password,
        roles=("administrator",),
        by=BY,
        now=now,
    )


def _department(session: Session, name: str, made: list[str]) -> int:
    first = session.scalar(select(Department).order_by(Department.department_id).limit(1))
    if first is None:
        first = Department(name=name, is_active=True)
        session.add(first)
        session.flush()
        made.append(f"department {name}")
    return first.department_id


def _email_domain(session: Session, made: list[str]) -> int:
    wanted = select(MediaRoutingDomain).where(MediaRoutingDomain.media == Media.EMAIL).limit(1)
    domain = session.scalar(wanted)
    if domain is None:
        domain = MediaRoutingDomain(
            name=EMAIL_DOMAIN,
            media=Media.EMAIL,
            task_limit=3,
            is_interruptible=True,
            offer_seconds=60,
            misses_allowed=3,
        )
        session.add(domain)
        session.flush()
        made.append(f"media routing domain {EMAIL_DOMAIN}")
    return domain.media_routing_domain_id


def _exception_queue(session: Session, department_id: int, domain_id: int, made: list[str]) -> None:
    wanted = select(Queue).where(Queue.department_id == department_id, Queue.is_exception).limit(1)
    if session.scalar(wanted) is None:
        session.add(
            Queue(
                department_id=department_id,
                name=EXCEPTION_QUEUE,
                media_routing_domain_id=domain_id,
                skill_group_id=None,
                is_exception=True,
                is_active=True,
                priority=4,
                service_level_seconds=86400,
            )
        )
        session.flush()
        made.append(f"queue {EXCEPTION_QUEUE}")
