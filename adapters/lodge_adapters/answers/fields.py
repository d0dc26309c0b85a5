"""Which fields an answer shows, and under which names the source has them."""

from collections.abc import Iterable

from lodge_adapters.language import Field
from lodge_platform.vocabulary import Sensitivity

Seen = frozenset[Sensitivity]
ALL: Seen = frozenset({Sensitivity.OPEN, Sensitivity.PERSONAL, Sensitivity.CONTENT})
"""Every sensitivity that anybody may ever see: never `secret`."""


def source_name(field: Field) -> str:
    """The name of the field's column, key or path at the source."""
    return field.source or field.name


def is_shown(field: Field, seen: Seen) -> bool:
    """Whether a reader who may see `seen` is shown the field."""
    return field.sensitivity in seen


def shown_fields(fields: Iterable[Field], seen: Seen) -> tuple[Field, ...]:
    """The fields of one level that are shown, in order."""
    return tuple(field for field in fields if is_shown(field, seen))
