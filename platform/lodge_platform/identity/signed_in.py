"""Who is asking, and what they may do in which department and queue. A value; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from lodge_platform.errors import ForbiddenError
from lodge_platform.identity.actions import WITHOUT_ROLE, Action

Rights = Mapping[int, frozenset[Action]]


class HeldRole(NamedTuple):
    """A role by its name, and a department in all or in a queue of which it was granted."""

    role: str
    department_id: int
    department: str


@dataclass(frozen=True)
class SignedIn:
    """One user who is signed in, or for whom a program asks by an API key.

    `rights` maps a department's key to the actions allowed in all of it; `queue_rights` maps a
    queue's key to those allowed in that queue alone, by a role narrowed to it; `queue_departments`
    says whose queues these are. `roles` are the names these rights were granted by.
    `user_session_id` is 0 for an API key. `ends_at` is when the session or key ends by itself.
    """

    user_session_id: int
    user_id: int
    sign_in_name: str
    display_name: str
    department_id: int
    rights: Rights = field(default_factory=dict[int, frozenset[Action]])
    queue_rights: Rights = field(default_factory=dict[int, frozenset[Action]])
    queue_departments: Mapping[int, int] = field(default_factory=dict[int, int])
    roles: frozenset[HeldRole] = frozenset()
    api_key_id: int | None = None
    ends_at: datetime | None = None

    @cached_property
    def scope(self) -> tuple[object, ...]:
        """What tells apart readers who may not see the same: equal for equal rights."""
        held = (self.rights, self.queue_rights, self.queue_departments)
        is_program = self.api_key_id is not None
        return self.user_id, is_program, self.roles, *(frozenset(each.items()) for each in held)

    @property
    def name(self) -> str:
        """Who asks, as versions and idempotency keys name them: user:KEY or key:KEY."""
        return f"user:{self.user_id}" if self.api_key_id is None else f"key:{self.api_key_id}"

    def departments_with(self, action: Action) -> frozenset[int]:
        """Keys of the departments in all of which this user may do `action`."""
        return departments_with(self.rights, action)

    def queues_with(self, action: Action) -> frozenset[int]:
        """Keys of the queues in which a narrowed role allows `action`, whole departments aside."""
        return departments_with(self.queue_rights, action)

    def departments_near(self, action: Action) -> frozenset[int]:
        """Keys of the departments in all or in a queue of which this user may do `action`."""
        near = (self.queue_departments[queue] for queue in self.queues_with(action))
        return self.departments_with(action).union(near)

    def may(
        self, action: Action, department_id: int | None = None, queue_id: int | None = None
    ) -> bool:
        """Whether `action` is allowed in that department or queue; anywhere when none is named."""
        if action in WITHOUT_ROLE:
            return True
        if department_id is None:
            return bool(self.departments_with(action) or self.queues_with(action))
        is_of_queue = queue_id is not None and queue_id in self.queues_with(action)
        return is_of_queue or department_id in self.departments_with(action)

    def require(
        self, action: Action, department_id: int | None = None, queue_id: int | None = None
    ) -> None:
        """Raise ForbiddenError unless `may` says yes."""
        if not self.may(action, department_id, queue_id):
            raise ForbiddenError(f"you lack the right {action.value}")


def departments_with(rights: Rights, action: Action) -> frozenset[int]:
    """Keys of the departments (or queues) in which `rights` allow `action`."""
    return frozenset(key for key, actions in rights.items() if action in actions)
