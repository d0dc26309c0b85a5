"""What changed calendars, categories, codes and custom attributes do to what uses them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from lodge_core.configuring.effects.counting import ACTIVITIES, OPEN, count
from lodge_platform.configuring.effects import Difference, Effect, counted
from lodge_platform.schema.active import Activity, Case, Customer
from lodge_platform.schema.base import MasterBase
from lodge_platform.schema.master import (
    Calendar,
    Category,
    CustomAttribute,
    Policy,
    ResolutionCode,
)

_OBJECTS: dict[str, Any] = {
    "activity": Activity.__table__,
    "case": Case.__table__,
    "customer": Customer.__table__,
}


def of_calendars(difference: Difference) -> Iterator[Effect]:
    """Policies whose times run otherwise; due times that are set stay."""
    for key, old, new in difference.changed(Calendar):
        if old is None or new is None:
            continue
        policies = difference.after.related(Policy, "calendar_id", key)
        named = ", ".join(sorted(policy["name"] for policy in policies))
        if policies and any(old[one] != new[one] for one in _HOURS):
            said = (
                f"calendar {new['name']}: due times of {named} are reckoned by the new hours from "
                "now on; those that are set stay"
            )
            figures = {"policies": len(policies)}
            yield Effect("calendar_hours", "calendar", new["name"], said, figures)


_HOURS = ("time_zone", "hours", "holidays", "shifts", "breaks")


def of_categories(difference: Difference) -> Iterator[Effect]:
    """Categories that go while activities are classified under them."""
    yield from _gone(difference, Category, "category", ACTIVITIES.c.category_ids)


def of_resolution_codes(difference: Difference) -> Iterator[Effect]:
    """Resolution codes that go while activities have them."""
    yield from _gone(
        difference, ResolutionCode, "resolution code", ACTIVITIES.c.resolution_code_ids
    )


def is_category_used(active: Connection, key: int) -> bool:
    """Whether any activity is classified under it."""
    return _count_listing(active, ACTIVITIES.c.category_ids, key) > 0


def is_resolution_code_used(active: Connection, key: int) -> bool:
    """Whether any activity has it."""
    return _count_listing(active, ACTIVITIES.c.resolution_code_ids, key) > 0


def _gone(
    difference: Difference, row: type[MasterBase], word: str, column: Column[Any]
) -> Iterator[Effect]:
    for key, old, new in difference.changed(row):
        if old is None or not old["is_active"] or (new is not None and new["is_active"]):
            continue
        used = _count_listing(difference.active, column, key)
        being = _count_listing(difference.active, column, key, ACTIVITIES.c.status.in_(OPEN))
        said = (
            f"{word} {old['name']} can be given no more; {counted(used, 'activity')} keep it, "
            f"{being} of them open"
        )
        code = f"{word.replace(' ', '_')}_off"
        yield Effect(code, word, old["name"], said, {"used": used, "open": being})


def of_custom_attributes(difference: Difference) -> Iterator[Effect]:
    """Attributes that go, or take other values, while objects have values of them."""
    for _, old, new in difference.changed(CustomAttribute):
        if old is None:
            continue
        name = f"{old['object_type']}.{old['name']}"
        used = _with_attribute(difference.active, old["object_type"], old["name"])
        has = f"{counted(used, old['object_type'])} with a value"
        figures: dict[str, Any] = {"used": used}
        if new is None or (old["is_active"] and not new["is_active"]):
            said = f"attribute {name} can be given no more; {has} keep it"
            yield Effect("attribute_off", "custom attribute", name, said, figures)
        elif old["name"] != new["name"]:
            said = f"attribute {name} is called {new['name']}; {has} are not found by it"
            yield Effect("attribute_renamed", "custom attribute", name, said, figures)
        elif old["attribute_type"] != new["attribute_type"]:
            said = (
                f"attribute {name} becomes {new['attribute_type'].value}; {has} keep it as "
                f"{old['attribute_type'].value}, and it is checked when it is next given"
            )
            yield Effect("attribute_retyped", "custom attribute", name, said, figures)
        elif set(old["choices"]) - set(new["choices"]):
            lost = sorted(set(old["choices"]) - set(new["choices"]))
            said = f"attribute {name} offers {', '.join(lost)} no more; {has} keep theirs"
            yield Effect("attribute_choices", "custom attribute", name, said, figures)


def _count_listing(
    active: Connection, column: Column[Any], key: int, *where: ColumnElement[bool]
) -> int:
    """How many activities list the key in a JSON column."""
    return count(active, ACTIVITIES, _lists(active, column, key), *where)


def _lists(active: Connection, column: Column[Any], key: int) -> ColumnElement[bool]:
    if active.dialect.name == "postgresql":
        return column.op("@>", is_comparison=True)(cast(literal(f"[{key}]"), JSONB))
    listed = func.json_each(column).table_valued("value")
    return select(literal(1)).select_from(listed).where(listed.c.value == key).exists()


def _with_attribute(active: Connection, object_type: str, name: str) -> int:
    table = _OBJECTS[object_type]
    if active.dialect.name == "postgresql":
        return count(active, table, func.jsonb_exists(table.c.attributes, name))
    found = func.json_type(table.c.attributes, f'$."{name}"')
    return count(active, table, found.is_not(None))
