"""A body with a field of every form, and what an XML body says of it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from lodge_platform.api import Body
from lodge_platform.api.bodies import typed
from lodge_platform.api.xml_reading import values_of

NAMESPACES = 'xmlns="urn:lodge:api:1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class Point(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An address of somebody."""

    address: str
    is_preferred: bool = False


class Everything(Body, frozen=True):
    """A field of every form."""

    subject: Annotated[str, Meta(min_length=0, max_length=100)] = ""
    solution: str | UnsetType | None = UNSET
    count: Annotated[int, Meta(ge=0)] | None = None
    weight: float = 0.0
    is_pinned: bool = False
    due_at: datetime | None = None
    severity: Literal["urgent", "low"] | None = None
    points: tuple[Point, ...] = ()
    tags: list[str] | None = None
    category_ids: tuple[int, ...] = ()
    main_point: Point | None = None
    attributes: dict[str, Any] | None = None
    reference: int | str | None = None


def said(inner: str) -> Everything:
    """What an XML body with these elements says."""
    content = f"<everything {NAMESPACES}>{inner}</everything>".encode()
    return typed(values_of(content, Everything), Everything)
