"""Message-IDs without brackets, folds and surrounding space, in one case only: the sender's."""

import re

from lodge_core.mail.parsing.charsets import clean
from lodge_core.mail.parsing.headers import unfold
from lodge_core.mail.parsing.limits import MOST_LIST_HEADER_BYTES, MOST_REFERENCES
from lodge_core.mail.parsing.problems import Problem, Problems

_BRACKETED = re.compile(r"<([^<>]*)>")
_SPACE = re.compile(r"\s+")
_BETWEEN = re.compile(r"[\s<>,;\"()]+")


def read_identifiers(raw: bytes, problems: Problems) -> list[str]:
    """The ids of a Message-ID, In-Reply-To or References value, in order, each once.

    Without brackets, words with an `@` count as ids; over the limit the first and last are kept."""
    text = unfold(raw, problems, most=MOST_LIST_HEADER_BYTES)
    found = [_SPACE.sub("", inner) for inner in _BRACKETED.findall(text)]
    found = found or [word for word in _BETWEEN.split(text) if "@" in word]
    ids = list(dict.fromkeys(clean(each, problems) for each in found if each))
    if len(ids) > MOST_REFERENCES:
        problems.note(Problem.TOO_MANY_REFERENCES)
        ids = [ids[0], *ids[1 - MOST_REFERENCES :]]
    return ids


def read_message_id(raw: bytes, problems: Problems) -> str | None:
    """The id of a Message-ID value; an id without `@` or brackets is still an id."""
    ids = read_identifiers(raw, problems)
    if ids:
        return ids[0]
    bare = unfold(raw, problems).strip("<> \t")
    return clean(_SPACE.sub("", bare), problems) or None
