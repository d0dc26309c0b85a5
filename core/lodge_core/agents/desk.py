"""What an agent can do, each in one transaction: the functions that the console and others call.

Errors are RefusedErrors that say why: NotFoundError, ConflictError (somebody was first, or the
offer ran out), ForbiddenError (another agent's work).
"""

from lodge_core.agents.offers import accept_offer, reject_offer
from lodge_core.agents.reply import reply
from lodge_core.agents.states import change_state, sign_out
from lodge_core.agents.work import complete, pick

__all__ = [
    "accept_offer",
    "change_state",
    "complete",
    "pick",
    "reject_offer",
    "reply",
    "sign_out",
]
