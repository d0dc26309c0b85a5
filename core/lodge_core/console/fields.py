"""What forms about activities and cases say, as the values that the domain takes. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import FormData

from lodge_core.attributes import AttributeDefinition
from lodge_platform.errors import RefusedError
from lodge_platform.vocabulary import AttributeType

ATTRIBUTE = "attribute."


def text_in(form: FormData, name: str, *, most: int = 10_000) -> str | None:
    """A text field, trimmed; None for an empty one. Raises RefusedError for a very long one."""
    given = form.get(name)
    said = given.strip().replace("\x00", "") if isinstance(given, str) else ""
    if len(said) > most:
        raise RefusedError(f"{name.replace('_', ' ')} is longer than {most} characters", field=name)
    return said or None


def key_in(form: FormData, name: str) -> int | None:
    """A key out of a field; None for an empty one. Raises RefusedError for what is none."""
    said = (text_in(form, name) or "").lstrip("#")
    if not said:
        return None
    if not (said.isascii() and said.isdigit()) or len(said) > 18:
        raise RefusedError(f"{name.replace('_', ' ')}: {said[:40]!r} is no number", field=name)
    return int(said)


def keys_in(form: FormData, name: str) -> list[int]:
    """Keys out of boxes that are ticked."""
    said = [one for one in form.getlist(name) if isinstance(one, str)]
    return [int(one) for one in said if one.isascii() and one.isdigit() and len(one) <= 18]


def instant_in(form: FormData, name: str) -> datetime | None:
    """An instant out of a field that the page gives in UTC; None for an empty one."""
    said = text_in(form, name)
    if said is None:
        return None
    try:
        given = datetime.fromisoformat(said)
    except ValueError as error:
        raise RefusedError(f"{said[:40]!r} is no date and time", field=name) from error
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given


def attributes_in(form: FormData, definitions: Iterable[AttributeDefinition]) -> dict[str, Any]:
    """Custom attributes by name, None for those left empty; the domain checks what is given."""
    return {
        one.name: _value(text_in(form, f"{ATTRIBUTE}{one.name}"), one.attribute_type)
        for one in definitions
        if f"{ATTRIBUTE}{one.name}" in form
    }


def _value(said: str | None, kind: AttributeType) -> Any:
    if said is None:
        return None
    if kind is AttributeType.BOOLEAN:
        return {"true": True, "false": False}.get(said, said)
    if kind is AttributeType.INSTANT:
        return said if said.endswith("Z") or "+" in said else f"{said}Z"
    if kind in (AttributeType.INTEGER, AttributeType.NUMBER):
        try:
            return int(said) if kind is AttributeType.INTEGER else float(said)
        except ValueError:
            return said
    return said
