"""Queues, domains and agents as configured, read from master and kept until they change."""

from collections.abc import Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, FromClause, func, select

from lodge_platform.configuration import version_in_force
from lodge_platform.errors import ForbiddenError, NotFoundError
from lodge_platform.schema.master import (
    ConfigurationVersion,
    MediaRoutingDomain,
    Queue,
    SkillGroupMember,
    User,
    UserRole,
)
from lodge_platform.stores import Store
from lodge_platform.vocabulary import Media


class Domain(msgspec.Struct, frozen=True):
    """A media routing domain: limits and times are for one agent and one offer."""

    media_routing_domain_id: int
    name: str
    media: Media
    task_limit: int
    is_interruptible: bool
    offer_seconds: int
    misses_allowed: int


class ConfiguredQueue(msgspec.Struct, frozen=True):
    """A queue; without a skill group nobody is pushed its work."""

    queue_id: int
    department_id: int
    name: str
    media_routing_domain_id: int
    skill_group_id: int | None
    is_exception: bool
    is_active: bool
    priority: int


class Agent(msgspec.Struct, frozen=True):
    """A user, as routing sees one; `is_active` is false once the user was disabled."""

    user_id: int
    department_id: int
    display_name: str
    is_active: bool


class RoutingConfiguration(msgspec.Struct, frozen=True):
    """Everything that routing reads of master, by key, under its configuration version."""

    version: int
    domains: Mapping[int, Domain]
    queues: Mapping[int, ConfiguredQueue]
    agents: Mapping[int, Agent]
    groups_of_agent: Mapping[int, tuple[int, ...]]
    departments_of_agent: Mapping[int, frozenset[int]]

    def queue(self, queue_id: int) -> ConfiguredQueue:
        """The queue with that key. Raises NotFoundError."""
        if queue_id not in self.queues:
            raise NotFoundError(f"no queue {queue_id}")
        return self.queues[queue_id]

    def domain(self, media_routing_domain_id: int) -> Domain:
        """The domain with that key. Raises NotFoundError naming those there are."""
        if media_routing_domain_id not in self.domains:
            known = ", ".join(f"{d.media_routing_domain_id} ({d.name})" for d in self._sorted())
            raise NotFoundError(
                f"no media routing domain {media_routing_domain_id}; there are: {known or 'none'}"
            )
        return self.domains[media_routing_domain_id]

    def domain_of_queue(self, queue_id: int) -> Domain:
        """The domain whose limit and times hold in that queue."""
        return self.domain(self.queue(queue_id).media_routing_domain_id)

    def queues_of_domain(self, media_routing_domain_id: int) -> list[int]:
        """Keys of the domain's queues, in order, inactive ones too."""
        return sorted(
            queue.queue_id
            for queue in self.queues.values()
            if queue.media_routing_domain_id == media_routing_domain_id
        )

    def queues_of_department(self, department_id: int) -> dict[str, ConfiguredQueue]:
        """The department's queues by name, inactive ones too."""
        return {
            queue.name: queue
            for queue in self.queues.values()
            if queue.department_id == department_id
        }

    def active_agent(self, agent_id: int) -> Agent:
        """An agent who may work. Raises NotFoundError, or ForbiddenError for a disabled one."""
        agent = self.agents.get(agent_id)
        if agent is None:
            raise NotFoundError(f"no user {agent_id}")
        if not agent.is_active:
            raise ForbiddenError(f"user {agent_id} is disabled")
        return agent

    def exception_queue_of(self, department_id: int) -> ConfiguredQueue | None:
        """The department's active exception queue; None when it was never made."""
        for queue_id in sorted(self.queues):
            queue = self.queues[queue_id]
            if queue.department_id == department_id and queue.is_exception and queue.is_active:
                return queue
        return None

    def _sorted(self) -> list[Domain]:
        return [self.domains[key] for key in sorted(self.domains)]


class ConfigurationStamp(msgspec.Struct, frozen=True):
    """The configuration's highest version and the number of changes that made it."""

    version: int
    changes: int


_Kind = TypeVar("_Kind", bound=msgspec.Struct)
_read: WeakKeyDictionary[Engine, tuple[ConfigurationStamp, RoutingConfiguration]] = (
    WeakKeyDictionary()
)


def configuration_of(master: Store) -> RoutingConfiguration:
    """The configuration in force; master is read again only when its version has changed."""
    with master.read() as connection:
        stamp = configuration_stamp(connection)
        known = _read.get(master.engine)
        if known is None or known[0] != stamp:
            known = stamp, _configuration(connection, stamp.version)
            _read[master.engine] = known
    return known[1]


def configuration_stamp(connection: Connection) -> ConfigurationStamp:
    """What changes with every change of the configuration.

    The highest version alone would not do: of two changes made at the same time on PostgreSQL,
    the one with the lower number may be committed last.
    """
    changes = select(func.count()).select_from(ConfigurationVersion)
    return ConfigurationStamp(
        version_in_force(connection), connection.execute(changes).scalar_one()
    )


def _configuration(connection: Connection, version: int) -> RoutingConfiguration:
    domains = _rows(connection, MediaRoutingDomain.__table__, Domain)
    queues = _rows(connection, Queue.__table__, ConfiguredQueue)
    agents = _rows(connection, User.__table__, Agent)
    members, roles = SkillGroupMember.__table__.c, UserRole.__table__.c
    groups = _sets(connection, members.user_id, members.skill_group_id)
    departments = _sets(connection, roles.user_id, roles.department_id)
    return RoutingConfiguration(
        version=version,
        domains={domain.media_routing_domain_id: domain for domain in domains},
        queues={queue.queue_id: queue for queue in queues},
        agents={agent.user_id: agent for agent in agents},
        groups_of_agent={agent: tuple(sorted(of_agent)) for agent, of_agent in groups.items()},
        departments_of_agent={
            agent.user_id: frozenset({agent.department_id, *departments.get(agent.user_id, ())})
            for agent in agents
        },
    )


def _rows(connection: Connection, table: FromClause, kind: type[_Kind]) -> list[_Kind]:
    columns: list[Any] = [table.c[name] for name in kind.__struct_fields__]
    return [kind(*row) for row in connection.execute(select(*columns))]


def _sets(
    connection: Connection, key: ColumnElement[Any], member: ColumnElement[Any]
) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in connection.execute(select(key, member)):
        found.setdefault(row[0], set()).add(row[1])
    return found
