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
    "saved": Notice("good", "Saved."),
    "noted": Notice("good", "The note is there for your colleagues."),
    "pinned": Notice("good", "It stays with you when you sign out."),
    "unpinned": Notice("good", "It returns to its queue when you stay away."),
    "transferred": Notice("good", "The activity was given on."),
    "closed": Notice("good", "The case is closed."),
    "reopened": Notice("good", "The case is open again."),
    "merged": Notice("good", "The two cases are one; this is the one that goes on."),
    "split": Notice("good", "This is the new case. It is related to the one it came from."),
    "related": Notice("good", "The two cases are related."),
    "gone": Notice("warn", "That offer is over: it ran out, or somebody else has the activity."),
    "linked": Notice("good", "The account is linked. You can sign in by it from now on."),
    "unlinked": Notice("good", "The account is linked no more."),
    "password": Notice("good", "Your password is changed. Every other sign-in has ended."),
    "factor_gone": Notice("good", "Your second factor is removed."),
    "revoked": Notice("good", "The key is revoked. It is worth nothing from now on."),
    "ended": Notice("good", "Signed out there."),
    "user_made": Notice("good", "The user is made. Now give them a role and a link."),
    "user_kept": Notice("good", "Saved."),
    "user_disabled": Notice("good", "The user is disabled and signed out everywhere."),
    "user_enabled": Notice("good", "The user may sign in again."),
    "granted": Notice("good", "The role is granted. The user must sign in again."),
    "revoked_role": Notice("good", "The role is revoked. The user must sign in again."),
    "factor_reset": Notice("good", "The second factor is removed, and the user signed out."),
    "signed_out": Notice("good", "The user is signed out everywhere."),
    "state": Notice("warn", "Your state changed at the same moment elsewhere; please look again."),
}


def notice_of(code: str | None) -> Notice | None:
    """The notice of that code; None for any other."""
    return NOTICES.get(code or "")
