"""Tables of the master store, one module a subject."""

from lodge_platform.schema.master.history import (
    ConfigurationVersion,
    MasterTombstone,
    PublishedSnapshot,
)
from lodge_platform.schema.master.keys import (
    ApiKey,
    ApiKeyUse,
    IdentityProvider,
    OneTimeToken,
    SecondFactor,
    UserIdentity,
)
from lodge_platform.schema.master.mail import Alias
from lodge_platform.schema.master.measures import (
    Calendar,
    Category,
    CustomAttribute,
    EntryPoint,
    Policy,
    ResolutionCode,
)
from lodge_platform.schema.master.people import (
    Department,
    Role,
    RoleAction,
    SignInAttempt,
    User,
    UserRole,
    UserRoleQueue,
    UserSession,
)
from lodge_platform.schema.master.queues import (
    MediaRoutingDomain,
    Queue,
    SkillGroup,
    SkillGroupMember,
)
from lodge_platform.schema.master.services import ServiceInstance, ServiceLease
from lodge_platform.schema.master.webhooks import MasterIdempotencyKey, Webhook
from lodge_platform.schema.master.workflows import Workflow

__all__ = [
    "Alias",
    "ApiKey",
    "ApiKeyUse",
    "Calendar",
    "Category",
    "ConfigurationVersion",
    "CustomAttribute",
    "Department",
    "EntryPoint",
    "IdentityProvider",
    "MasterIdempotencyKey",
    "MasterTombstone",
    "MediaRoutingDomain",
    "OneTimeToken",
    "Policy",
    "PublishedSnapshot",
    "Queue",
    "ResolutionCode",
    "Role",
    "RoleAction",
    "SecondFactor",
    "ServiceInstance",
    "ServiceLease",
    "SignInAttempt",
    "SkillGroup",
    "SkillGroupMember",
    "User",
    "UserIdentity",
    "UserRole",
    "UserRoleQueue",
    "UserSession",
    "Webhook",
    "Workflow",
]
