"""What of an activity and its customer a link's parameter may be filled from: a closed list."""

import re
from collections.abc import Mapping

SUBJECT: Mapping[str, str] = {
    "activity.number": "Key of the activity.",
    "activity.subject": "Subject of the activity.",
    "activity.media": "Media of the activity: email, chat, callback.",
    "alias.address": "Address of ours that it arrived at.",
    "case.number": "Key of the case.",
    "case.subject": "Subject of the case.",
    "customer.number": "Key of the customer.",
    "customer.name": "Name of the customer.",
    "customer.address": "Address or number the customer wrote from.",
    "department.name": "Name of the department.",
    "queue.name": "Name of the queue the activity waits in, once it does.",
}
"""Names and their meaning. Custom attributes join them as `activity.attribute.NAME`,
`case.attribute.NAME` and `customer.attribute.NAME`."""

_ATTRIBUTE = re.compile(r"(activity|case|customer)\.attribute\.[a-z][a-z0-9_]{0,62}")


def is_subject(name: str) -> bool:
    """Whether a parameter may be filled from this."""
    return name in SUBJECT or _ATTRIBUTE.fullmatch(name) is not None
