"""Data links as other rooms see them: what one may ask, and how; the adapters room answers.

links = registered_links(lodge)
answer = links.ask("customer_lookup", {"email": "ada@example.org"}, caller=caller, now=now)
"""

from lodge_platform.links.answers import (
    LinkDescription,
    LinkField,
    LinkPanel,
    LinkParameter,
    LinkRows,
    Provenance,
)
from lodge_platform.links.asking import (
    Caller,
    CallerKind,
    Links,
    registered_links,
)
from lodge_platform.links.callers import may_ask
from lodge_platform.links.subjects import SUBJECT, is_subject

__all__ = [
    "SUBJECT",
    "Caller",
    "CallerKind",
    "LinkDescription",
    "LinkField",
    "LinkPanel",
    "LinkParameter",
    "LinkRows",
    "Links",
    "Provenance",
    "is_subject",
    "may_ask",
    "registered_links",
]
