"""What is brought in, whatever it was read from: customers, cases, tasks, articles.

`source_id` names a thing in the system that it comes from; `where` is its place in the input, for
people; `given` is the input itself, for the list of what was refused.
"""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Kind = Literal["customer", "case", "activity", "article"]


class Point(Struct, frozen=True):
    """An address or number of a customer."""

    kind: str
    address: str


class Whose(Struct, frozen=True, kw_only=True):
    """Which customer is meant: by their id in the source, an e-mail address, or a key of ours."""

    source_id: str | None = None
    address: str | None = None
    customer_id: int | None = None


class Thing(Struct, frozen=True, kw_only=True):
    """One thing to be made. `values` are those of the API's body; the rest needs a look-up."""

    kind: Kind
    source_id: str
    where: str
    given: Mapping[str, Any]
    values: Mapping[str, Any]
    attributes: Mapping[str, str] = {}
    points: tuple[Point, ...] = ()
    parent: str | None = None
    whose: Whose | None = None
    case: str | None = None
    queue: str | None = None
    folder: str | None = None
    solution: str | None = None
    is_ended: bool = False
    notes: tuple[str, ...] = ()


class Rejected(Struct, frozen=True, kw_only=True):
    """What could not be brought, and why."""

    where: str
    reason: str
    given: Mapping[str, Any]
    source_id: str = ""


class NotBrought(Exception):
    """This one thing cannot be brought; the message says why."""
