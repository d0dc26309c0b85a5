"""Cases: opened, changed, related, merged, split, closed, reopened, deleted.

Functions that take a `Work` are what people do by hand; those that take a `Recorder` are parts
of other work: mail taken in, an activity completed.
"""

from lodge_core.cases.life import close_if_done, merge, reopen_closed

__all__ = ["close_if_done", "merge", "reopen_closed"]
