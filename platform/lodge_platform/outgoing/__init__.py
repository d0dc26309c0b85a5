"""Requests that leave Lodge: guarded against being sent inside, and signatures of what is sent."""

from lodge_platform.outgoing.addresses import is_public
from lodge_platform.outgoing.allowed import Allowed, parse_allowed
from lodge_platform.outgoing.checking import Resolve, check_target, check_url, resolve_by_system
from lodge_platform.outgoing.client import guarded_client
from lodge_platform.outgoing.transport import GuardedTransport, Limits

__all__ = [
    "Allowed",
    "GuardedTransport",
    "Limits",
    "Resolve",
    "check_target",
    "check_url",
    "guarded_client",
    "is_public",
    "parse_allowed",
    "resolve_by_system",
]
