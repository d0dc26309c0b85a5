"""Tables of the master store, one module a subject."""

from lodge_platform.schema.master.history import (
    ConfigurationVersion,
    MasterTombstone,
    PublishedSnapshot,
)
from lodge_platform.schema.master.mail import Alias
from lodge_platform.schema.master.people import (
    Department,
    Role,
    RoleAction,
    SignInAttempt,
    User,
    UserRole,
    UserSession,
)
from lodge_platform.schema.master.queues import (
    MediaRoutingDomain,
    Queue,
    SkillGroup,
    SkillGroupMember,
)
from lodge_platform.schema.master.services import ServiceInstance, ServiceLease
from lodge_platform.schema.master.workflows import Workflow

__all__ = [
    "Alias",
    "ConfigurationVersion",
    "Department",
    "MasterTombstone",
    "MediaRoutingDomain",
    "PublishedSnapshot",
    "Queue",
    "Role",
    "RoleAction",
    "ServiceInstance",
    "ServiceLease",
    "SignInAttempt",
    "SkillGroup",
    "SkillGroupMember",
    "User",
    "UserRole",
    "UserSession",
    "Workflow",
]
