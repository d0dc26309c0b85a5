"""What activities of a department may be classified by: names by key, active ones only."""

from typing import Any

from sqlalchemy import select

from lodge_platform.schema.master import Category, ResolutionCode
from lodge_platform.stores import Store


def active_categories(master: Store, department_id: int) -> dict[int, str]:
    """Names of the department's active categories by key, in order of name."""
    return _active(master, Category, Category.category_id, department_id)


def active_resolution_codes(master: Store, department_id: int) -> dict[int, str]:
    """Names of the department's active resolution codes by key, in order of name."""
    return _active(master, ResolutionCode, ResolutionCode.resolution_code_id, department_id)


def _active(
    master: Store, kind: type[Category] | type[ResolutionCode], key: Any, department_id: int
) -> dict[int, str]:
    statement = (
        select(key, kind.name)
        .where(kind.department_id == department_id, kind.is_active)
        .order_by(kind.name)
    )
    with master.read() as connection:
        return {row[0]: row[1] for row in connection.execute(statement)}
