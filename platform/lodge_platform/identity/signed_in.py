"""Who is signed in, and what they may do in which department. A value; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lodge_platform.errors import ForbiddenError
from lodge_platform.identity.actions import Action


@dataclass(frozen=True)
class SignedIn:
    """One signed-in user; `rights` maps a department's key to the actions allowed there."""

    user_session_id: int
    user_id: int
    sign_in_name: str
    display_name: str
    department_id: int
    rights: Mapping[int, frozenset[Action]] = field(default_factory=dict[int, frozenset[Action]])

    def departments_with(self, action: Action) -> frozenset[int]:
        """Keys of the departments in which this user may do `action`."""
        return departments_with(self.rights, action)

    def may(self, action: Action, department_id: int | None = None) -> bool:
        """Whether `action` is allowed in that department, or in any when none is named."""
        if action in (Action.PUBLIC, Action.SESSION_OWN):
            return True
        allowed = self.departments_with(action)
        return bool(allowed) if department_id is None else department_id in allowed

    def require(self, action: Action, department_id: int | None = None) -> None:
        """Raise ForbiddenError unless `may` says yes."""
        if not self.may(action, department_id):
            raise ForbiddenError(f"you lack the right {action.value}")


def departments_with(rights: Mapping[int, frozenset[Action]], action: Action) -> frozenset[int]:
    """Keys of the departments in which `rights` allow `action`."""
    return frozenset(key for key, actions in rights.items() if action in actions)
