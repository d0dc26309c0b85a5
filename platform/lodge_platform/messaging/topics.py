"""What there is to be woken by. A wake-up carries nothing: whoever wakes reads the store."""

from enum import StrEnum


class Topic(StrEnum):
    """One kind of change that somebody waits for."""

    ACTIVITY_NEW = "activity_new"
    ACTIVITY_QUEUED = "activity_queued"
    ACTIVITY_CHANGED = "activity_changed"
    AGENT_STATE = "agent_state"
    OFFER = "offer"
    OUTBOX = "outbox"
    CONFIGURATION = "configuration"
    LINK_WRITE = "link_write"
