"""What a page says once after a form was taken, by code: an address carries no text of its own."""

from typing import Literal, NamedTuple


class Notice(NamedTuple):
    """`kind` is good or warn; `text` one plain sentence or two."""

    kind: Literal["good", "warn"]
    text: str


NOTICES = {
    "accepted": Notice("good", "The activity is yours."),
    "rejected": Notice("good", "Rejected. It goes on to somebody else."),
    "answered": Notice("good", "Your answer is on its way, and the activity is complete."),
    "sent": Notice("good", "Your answer is on its way. The activity is still yours."),
    "completed": Notice("good", "The activity is complete."),
    "picked": Notice("good", "The activity is yours."),
    "gone": Notice("warn", "That offer is over: it ran out, or somebody else has the activity."),
    "state": Notice("warn", "Your state changed at the same moment elsewhere; please look again."),
}


def notice_of(code: str | None) -> Notice | None:
    """The notice of that code; None for any other."""
    return NOTICES.get(code or "")
